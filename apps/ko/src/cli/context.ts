/** What a subcommand works with. */
import type { Readable, Writable } from 'node:stream';
import type { KubeClient, PodExec } from '@kube-ovn/kube';
import type { Cluster } from '../site/cluster.ts';
import type { Site } from '../site/site.ts';
import { coloured, takesColours } from './colours.ts';

export interface Context {
  readonly site: Site;
  /** Opened when first asked for. */
  readonly client: KubeClient;
  readonly cluster: Cluster;
  /** Runs programs in any pod. */
  readonly exec: PodExec;
  /** Where the pods of the network are. */
  readonly systemNamespace: string;
  readonly terminal: Terminal;
  /** What the process ends with; 0 unless set. */
  exitWith(code: number): void;
}

/** The process's own streams. */
export interface Terminal {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Ends what runs: Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Print text and the end of its line; in colours, where they are seen. */
export function say({ terminal }: Pick<Context, 'terminal'>, text: string): void {
  terminal.stdout.write(`${takesColours(terminal.stdout) ? coloured(text) : text}\n`);
}
