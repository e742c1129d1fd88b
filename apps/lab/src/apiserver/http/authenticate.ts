/** Who is asking: client certificate or bearer token. */
import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { User } from '../api.ts';

interface Known {
  readonly user: User;
  /** milliseconds since 1970; absent for tokens that don't expire */
  readonly expiresAtMs?: number;
}

/** Knows the tokens, by their hash: a lookup takes the same time however much of a token is right. */
export class Authenticator {
  readonly #tokens = new Map<string, Known>();
  readonly #now: () => number;
  readonly #certificates = new WeakMap<TLSSocket, User>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Accept a token for ever. */
  add(token: string, user: User): void {
    this.#tokens.set(digest(token), { user });
  }

  /** Make a token that is good until a time (milliseconds since 1970). */
  issue(user: User, expiresAtMs: number): string {
    const token = randomBytes(32).toString('base64url');
    for (const [hash, known] of this.#tokens) if ((known.expiresAtMs ?? Number.POSITIVE_INFINITY) <= this.#now()) this.#tokens.delete(hash);
    this.#tokens.set(digest(token), { user, expiresAtMs });
    return token;
  }

  userOfToken(token: string): User | undefined {
    const known = this.#tokens.get(digest(token));
    return known === undefined || (known.expiresAtMs ?? Number.POSITIVE_INFINITY) <= this.#now() ? undefined : known.user;
  }

  /** The user of a request; `undefined` when neither certificate nor token is good. */
  identify(request: IncomingMessage): User | undefined {
    const bearer = /^Bearer\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '')?.[1];
    return this.#userOfCertificate(request.socket as TLSSocket) ?? (bearer === undefined ? undefined : this.userOfToken(bearer));
  }

  #userOfCertificate(socket: TLSSocket): User | undefined {
    if (socket.authorized !== true) return undefined;
    const cached = this.#certificates.get(socket);
    if (cached !== undefined) return cached;
    const subject = socket.getPeerCertificate().subject as unknown as Record<string, string | string[] | undefined> | undefined;
    const name = [subject?.['CN']].flat()[0];
    if (name === undefined) return undefined;
    const groups = [subject?.['O']].flat().filter((group) => group !== undefined);
    const user = { name, groups: [...groups, 'system:authenticated'] };
    this.#certificates.set(socket, user);
    return user;
  }
}

function digest(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('base64');
}
