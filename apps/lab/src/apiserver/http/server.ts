/** The HTTPS server: authentication, authorization, routing, errors; upgrades for exec. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { Duplex } from 'node:stream';
import { strategyContext, type User } from '../api.ts';
import { attemptOf } from '../authorization/attempt.ts';
import { mayDo, refusal } from '../authorization/rbac.ts';
import { StatusError, asStatusError, forbidden, noSuchPath, unauthorized } from '../status.ts';
import type { Authenticator } from './authenticate.ts';
import { Exchange } from './exchange.ts';
import type { GeneralRoutes } from './general-routes.ts';
import { handleGeneral, openPaths } from './general-routes.ts';
import { parseResourcePath, type ResourcePath } from './path.ts';
import type { ResourceRoutes } from './resource-routes.ts';
import { handleResource } from './resource-routes.ts';
import type { UpgradeHandler } from '../subresource/exec.ts';

/** PEM texts. */
export interface TlsMaterial {
  readonly caCertificate: string;
  readonly certificate: string;
  readonly key: string;
}

/** What the server serves, and how. */
export interface ServerOptions {
  readonly tls: TlsMaterial;
  readonly authenticator: Authenticator;
  readonly resources: ResourceRoutes;
  readonly general: GeneralRoutes;
  readonly upgrade: UpgradeHandler;
  /** told of errors that are the server's own fault */
  readonly failed: (error: unknown) => void;
}

const anonymous: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };
/** the group whose members may use /debug */
const adminGroup = 'system:masters';

/** Make the server; the caller listens and closes. */
export function apiServer(options: ServerOptions): Server {
  const { tls } = options;
  const server = createServer({
    ca: tls.caCertificate,
    cert: tls.certificate,
    key: tls.key,
    requestCert: true,
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
  });
  // a watch lasts as long as its own timeout says
  server.requestTimeout = 0;
  server.headersTimeout = 30_000;
  server.keepAliveTimeout = 120_000;
  server.on('request', (request, response) => void answer(options, request, response));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    void upgrade(options, request, { socket, head });
  });
  // a client that leaves during the handshake is no event
  server.on('tlsClientError', () => undefined);
  return server;
}

async function answer(options: ServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const user = options.authenticator.identify(request);
  const exchange = new Exchange(request, response, user ?? anonymous);
  try {
    if (user === undefined && !isOpen(exchange)) throw unauthorized();
    if (exchange.path.startsWith('/debug/') && !exchange.user.groups.includes(adminGroup)) {
      throw forbidden({ group: '', plural: 'debug', kind: 'Debug' }, exchange.path, `only members of ${adminGroup} may`);
    }
    const path = parseResourcePath(exchange.path);
    if (path === undefined) handleGeneral(options.general, exchange);
    else {
      authorize(options, exchange, path);
      await handleResource(options.resources, exchange, path);
    }
  } catch (error) {
    // a client that left in the middle of its request has nothing to be told
    if (request.destroyed && !(error instanceof StatusError)) return;
    const status = asStatusError(error);
    if (error !== status) options.failed(error);
    exchange.sendError(status);
  }
}

function isOpen(exchange: Exchange): boolean {
  return openPaths.has(exchange.path) || /^\/(healthz|livez|readyz)\//.test(exchange.path);
}

/** @throws {StatusError} 403 */
function authorize({ resources }: ServerOptions, asked: Pick<Exchange, 'user' | 'method' | 'query'>, path: ResourcePath): void {
  const attempt = attemptOf(asked, path);
  if (mayDo(strategyContext(resources.api), asked.user, attempt)) return;
  throw forbidden({ group: path.group, plural: path.plural, kind: path.plural }, path.name ?? '', refusal(asked.user, attempt));
}

async function upgrade(
  options: ServerOptions,
  request: IncomingMessage,
  { socket, head }: { socket: Duplex; head: Buffer },
): Promise<void> {
  try {
    const user = options.authenticator.identify(request);
    if (user === undefined) throw unauthorized();
    const url = new URL(request.url ?? '/', 'https://localhost');
    const path = parseResourcePath(url.pathname);
    if (path === undefined) throw noSuchPath();
    authorize(options, { user, method: request.method ?? 'GET', query: url.searchParams }, path);
    await options.upgrade({ request, socket, head, path, query: url.searchParams, user });
  } catch (error) {
    const status = asStatusError(error);
    if (error !== status) options.failed(error);
    refuseUpgrade(socket, status);
  }
}

function refuseUpgrade(socket: Duplex, error: StatusError): void {
  const body = JSON.stringify(error.toStatus());
  socket.end(
    `HTTP/1.1 ${error.code} ${error.reason}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
