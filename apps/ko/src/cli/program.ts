/** The command line of `ko`. */
import { Command, CommanderError } from 'commander';
import { kubeClient, podExec, podLogs } from '@kube-ovn/kube';
import { commands } from '../commands/index.ts';
import { exitCodeOf } from '../errors.ts';
import { clusterOf, siteDirectory } from '../site/cluster.ts';
import { podDirectory } from '../site/pod-directory.ts';
import type { Context, Terminal } from './context.ts';
import { type Flags, globalFlags, siteOf } from './flags.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const CODES = `
exit code: 0 all is well, 1 findings or "no", 2 wrong usage, 3 could not look; that of the program for those that run one`;

/**
 * Run one command line.
 *
 * @param args what comes after `ko`
 * @returns exit code
 */
export async function runKo(args: readonly string[], environment: Environment, terminal: Terminal): Promise<number> {
  await using opened = new AsyncDisposableStack();
  let code = 0;
  const program = new Command('ko');
  const context = once((): Context => {
    const flags = program.opts<Flags>();
    const site = siteOf(flags, environment);
    const client = once(() =>
      opened.adopt(kubeClient(site.kubeconfig === undefined ? {} : { kubeconfig: site.kubeconfig }), (c) => c.close()),
    );
    const { kubeconfig } = site;
    const exec = once(() => podExec({ kubeconfig }));
    const pods = once(() =>
      podDirectory({ client: client(), exec: exec(), logs: podLogs({ kubeconfig }), namespace: flags.systemNamespace }),
    );
    const fromPods = {
      members: (kind: 'nb' | 'sb') => pods().members(kind),
      node: (name: string) => pods().node(name),
      nodes: () => pods().nodes(),
      logs: () => pods().logs(),
    };
    return {
      site,
      get client() {
        return client();
      },
      get cluster() {
        return clusterOf(client(), [siteDirectory(site), ...(hasPlaces(site) ? [] : [fromPods])]);
      },
      get exec() {
        return exec();
      },
      systemNamespace: flags.systemNamespace,
      terminal,
      exitWith: (next) => (code = next),
    };
  });
  program
    .description('Finds what is wrong in the network, where, and the way out.')
    .enablePositionalOptions()
    .showHelpAfterError('(ko --help shows what there is)')
    .addHelpText('after', CODES)
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.stdout.write(text), writeErr: (text) => terminal.stderr.write(text) });
  globalFlags(program, environment);
  for (const define of commands) define(program, context);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    terminal.stderr.write(`ko: ${error instanceof Error ? error.message : String(error)}\n`);
    return exitCodeOf(error);
  }
}

/** A site file that has places is the whole truth: pods are not looked for. */
function hasPlaces({ members, nodes }: { readonly members?: unknown; readonly nodes?: object }): boolean {
  return members !== undefined && Object.keys(nodes ?? {}).length > 0;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
