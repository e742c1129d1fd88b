/** Two looks at the interfaces of every node, some time apart. */
import { setTimeout as sleep } from 'node:timers/promises';
import { mapIn, nodeRows, numberIn, optionalIn, type Row, textIn } from '../ovn/rows.ts';
import type { Cluster } from '../site/cluster.ts';
import { eachNode } from '../site/each-node.ts';
import { capture } from '../site/place.ts';
import { type PortCounters, ratesOf, readPorts } from '../top/counters.ts';
import type { Busy } from '../top/top.ts';

export interface TopFacts {
  readonly all: readonly Busy[];
  /** Nodes that could not be asked, and why. */
  readonly unseen: readonly string[];
}

/** @param nodes which to ask */
export async function readTop(cluster: Cluster, nodes: readonly string[], intervalMs: number): Promise<TopFacts> {
  const unseen = new Set<string>();
  const look = (): Promise<readonly (Look | undefined)[]> =>
    eachNode(nodes, (node) =>
      lookAt(cluster, node).catch((error: unknown) => {
        unseen.add(`${node}: ${error instanceof Error ? error.message : String(error)}`);
        return undefined;
      }),
    );
  const before = await look();
  await sleep(intervalMs);
  const after = await look();
  const all = after.flatMap((seen, i) => {
    const earlier = before[i];
    return seen === undefined || earlier === undefined ? [] : busyOn(earlier, seen);
  });
  return { all, unseen: [...unseen] };
}

interface Look {
  readonly node: string;
  /** Of pods, by the number of their port. */
  readonly interfaces: ReadonlyMap<number, Row>;
  readonly counters: ReadonlyMap<number, PortCounters>;
}

async function lookAt(cluster: Cluster, node: string): Promise<Look> {
  const places = await cluster.node(node);
  const rows = await nodeRows(places, { table: 'Interface', columns: ['name', 'ofport', 'external_ids'] });
  const text = await capture(places.place, ['ovs-ofctl', '-O', 'OpenFlow13', '--no-names', 'dump-ports', 'br-int']);
  const bound = rows.filter((row) => mapIn(row['external_ids']).has('iface-id'));
  return { node, interfaces: new Map(bound.map((row) => [numberIn(optionalIn(row['ofport'])), row])), counters: readPorts(text) };
}

function busyOn(before: Look, { node, interfaces, counters }: Look): readonly Busy[] {
  return [...interfaces].flatMap(([port, row]): readonly Busy[] => {
    const [earlier, later] = [before.counters.get(port), counters.get(port)];
    const rates = earlier === undefined || later === undefined ? undefined : ratesOf(earlier, later);
    if (rates === undefined) return [];
    return [{ pod: podOf(row), node, interface: textIn(row['name']), sent: rates.in, received: rates.out }];
  });
}

/** @source Kube-OVN Interface.external_ids pod_namespace, pod_name */
function podOf(row: Row): string {
  const ids = mapIn(row['external_ids']);
  const [namespace, name] = [ids.get('pod_namespace'), ids.get('pod_name')];
  return namespace === undefined || name === undefined ? (ids.get('iface-id') ?? '') : `${namespace}/${name}`;
}
