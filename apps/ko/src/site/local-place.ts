/** Programs on this machine, with the folder and the network namespace of a node. */
import { spawn } from 'node:child_process';
import { pipeline } from 'node:stream/promises';
import { KoError } from '../errors.ts';
import type { Argv, Place, Streams } from './place.ts';

export interface LocalOptions {
  readonly name: string;
  /** `OVS_RUNDIR` and `OVN_RUNDIR`. */
  readonly runDir?: string | undefined;
  /** Path of a network namespace. */
  readonly namespace?: string | undefined;
  /** Further environment, such as `OVN_NB_DB`. */
  readonly env?: Readonly<Record<string, string>>;
}

/** @source ovs-appctl(8) OVS_RUNDIR; nsenter(1) */
export function localPlace({ name, runDir, namespace, env = {} }: LocalOptions): Place {
  const folders = runDir === undefined ? {} : { OVS_RUNDIR: runDir, OVN_RUNDIR: runDir };
  const environment = { ...process.env, ...folders, ...env };
  return {
    name,
    run: (argv, streams) => start(namespace === undefined ? argv : ['nsenter', `--net=${namespace}`, ...argv], name, environment, streams),
  };
}

async function start([program, ...args]: Argv, place: string, env: NodeJS.ProcessEnv, streams: Streams): Promise<number> {
  const isTerminal = streams.stdin === process.stdin;
  const { signal } = streams;
  const child = spawn(program, args, {
    env,
    stdio: [isTerminal ? 'inherit' : 'pipe', 'pipe', 'pipe'],
    ...(signal === undefined ? {} : { signal, killSignal: 'SIGINT' as const }),
  });
  const failed = new Promise<never>((_resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.name === 'AbortError') return;
      const missing = error.code === 'ENOENT' ? `${program} is not installed on this machine` : error.message;
      reject(new KoError('KO_UNREACHABLE', `${place}: ${missing}`, { cause: error }));
    });
  });
  const { stdin } = child;
  // who does not read all of its input ends all the same
  stdin?.on('error', () => undefined);
  if (streams.stdin === undefined) stdin?.end();
  else if (stdin !== null) streams.stdin.pipe(stdin);
  // not by events.once, to which the end that the signal brings is an error
  const closed = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  const printed = [child.stdout, child.stderr].flatMap((from, i) =>
    from === null ? [] : [pipeline(from, i === 0 ? streams.stdout : streams.stderr, { end: false })],
  );
  const [code] = await Promise.race([Promise.all([closed, ...printed]), failed]);
  return code ?? 130;
}
