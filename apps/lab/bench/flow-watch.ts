/** When each node has the flows of a backend, as its Open vSwitch tells. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { NodeLayout } from '../src/infra/layout.ts';
import { eventually } from '../test/cluster/support.ts';
import { monotonicMs } from './probe-stream.ts';

/** Where ovn-controller has one flow for each backend of each VIP; it is written after those that choose. @source OVN, OFTABLE_CHK_LB_HAIRPIN */
const TABLE = 68;

export interface FlowWatch {
  /** The time, of `monotonicMs`, at which the last node had flows of that backend. */
  lastNodeHas(address: string): Promise<number>;
  stop(): Promise<void>;
}

/** Follow the flows of nodes from now on. @source ovs-ofctl(8) monitor; what it prints comes by either stream */
export function watchFlows(nodes: readonly NodeLayout[]): FlowWatch {
  const watches = nodes.map(({ ovsSocket }) => {
    const seen = new Map<string, number>();
    const rundir = dirname(ovsSocket);
    const target = `unix:${join(rundir, 'br-int.mgmt')}`;
    const argv: readonly string[] = ['ovs-ofctl', 'monitor', target, `watch:!initial,!delete,table=${TABLE}`];
    const [program = '', ...args] = argv;
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, OVS_RUNDIR: rundir },
    });
    for (const input of [child.stdout, child.stderr])
      createInterface({ input }).on('line', (line) => {
        const address = /nw_src=([\d.]+)/.exec(line)?.[1];
        if (address !== undefined && !seen.has(address)) seen.set(address, monotonicMs());
      });
    return { child, seen };
  });
  return {
    lastNodeHas: (address) =>
      eventually(`all nodes have flows of ${address}`, () => {
        const times = watches.flatMap(({ seen }) => seen.get(address) ?? []);
        return times.length === nodes.length ? Math.max(...times) : undefined;
      }),
    stop: async () => {
      for (const { child } of watches) {
        const closed = child.exitCode === null && child.signalCode === null ? once(child, 'close') : undefined;
        child.kill();
        await closed;
      }
    },
  };
}
