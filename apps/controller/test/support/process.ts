/** A controller as a process of its own, so that it can be killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Cluster } from './cluster.ts';

export interface ControllerProcess {
  readonly identity: string;
  /** Lines of its log, as they come. */
  readonly log: readonly string[];
  /** Where /readyz and /metrics are. */
  readonly url: string;
  signal(signal: NodeJS.Signals): void;
  exited(): Promise<number | NodeJS.Signals>;
}

const main = new URL('../../src/main.ts', import.meta.url).pathname;

export async function startProcess(cluster: Cluster, identity: string, flags: readonly string[] = []): Promise<ControllerProcess> {
  const argv = [
    '--conditions=@kube-ovn/source',
    main,
    `--kubeconfig=${cluster.kubeconfig}`,
    `--ovn-nb-addr=${cluster.remote}`,
    '--pprof-port=0',
    '--leader-elect-lease-duration=2s',
    '--leader-elect-renew-deadline=1500ms',
    '--leader-elect-retry-period=300ms',
    ...flags,
  ];
  const child = spawn(process.execPath, argv, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, POD_NAME: identity },
  });
  const log: string[] = [];
  const exit = once(child, 'exit');
  const port = await new Promise<number>((resolve, reject) => {
    void exit.then(() => reject(new Error(`controller ${identity} ended: ${log.join('\n')}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      log.push(line);
      const started = JSON.parse(line) as { readonly msg?: string; readonly port?: number };
      if (started.msg === 'controller started') resolve(started.port ?? 0);
    });
  });
  return {
    identity,
    log,
    url: `http://127.0.0.1:${port}`,
    signal: (signal) => void child.kill(signal),
    exited: async () => {
      const [code, signal] = (await exit) as [number | null, NodeJS.Signals | null];
      return code ?? signal ?? 'SIGKILL';
    },
  };
}
