/** A place where programs of OVN and Open vSwitch run: this machine against a folder of sockets, or a pod. */
import { Writable, type Readable } from 'node:stream';
import { KoError } from '../errors.ts';

/** A program and its arguments; no shell is between. */
export type Argv = readonly [program: string, ...args: readonly string[]];

export interface Streams {
  readonly stdin?: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Ends what runs. */
  readonly signal?: AbortSignal;
}

export interface Place {
  /** For messages: `node node1`, `pod kube-system/ovs-ovn-x2x4c`. */
  readonly name: string;
  /**
   * @returns exit code of the program
   * @throws {KoError} KO_UNREACHABLE
   */
  run(argv: Argv, streams: Streams): Promise<number>;
}

/** At most so much of an answer is kept, in bytes. */
const MAX_ANSWER = 64 * 1024 * 1024;

/**
 * Run a program and take what it prints.
 *
 * @throws {KoError} KO_PROGRAM_FAILED with what it said, KO_UNREACHABLE
 */
export async function capture(place: Place, argv: Argv, options: Pick<Streams, 'stdin' | 'signal'> = {}): Promise<string> {
  const [stdout, stderr] = [new Kept(), new Kept()];
  const code = await place.run(argv, { ...options, stdout, stderr });
  if (code === 0) return stdout.text();
  const said = (stderr.text() || stdout.text()).trim();
  throw new KoError('KO_PROGRAM_FAILED', `${argv[0]} on ${place.name} ended with exit code ${code}: ${said}`);
}

/** What a program said, whatever it ended with. */
export interface Attempt {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Run a program whose failure is an answer too.
 *
 * @throws {KoError} KO_UNREACHABLE when the place can not be reached, or has no such program
 */
export async function attempt(place: Place, argv: Argv): Promise<Attempt> {
  const [stdout, stderr] = [new Kept(), new Kept()];
  const code = await place.run(argv, { stdout, stderr });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

/** Keeps what is written to it, up to a bound. */
export class Kept extends Writable {
  readonly #chunks: Buffer[] = [];
  #size = 0;

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.#size += chunk.length;
    if (this.#size > MAX_ANSWER) return done(new Error(`an answer of more than ${MAX_ANSWER} bytes`));
    this.#chunks.push(chunk);
    done();
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  text(): string {
    return this.bytes().toString('utf8');
  }
}
