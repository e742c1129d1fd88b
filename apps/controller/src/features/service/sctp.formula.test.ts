import type { ServiceInput, SliceInput } from '@kube-ovn/api';
import { sourceTable } from '@kube-ovn/dataflow';
import { describe, expect, it } from 'vitest';
import { sctpProblem } from './sctp.formula.ts';

const service: ServiceInput = {
  key: 'core/peer',
  clusterIps: [{ family: 4, address: '10.96.0.10' }],
  externalIps: [],
  ports: [{ name: 'peer', protocol: 'sctp', port: 3868 }],
  isInternalLocal: false,
  isExternalLocal: false,
};
const slice = (port: number, protocol: 'sctp' | 'tcp' = 'sctp'): SliceInput => ({
  service: 'core/peer',
  family: 4,
  endpoints: [{ address: '10.16.0.5', node: 'node1', isReady: true, isDraining: false }],
  ports: [{ name: 'peer', protocol, port }],
});
function datapaths(types: Readonly<Record<string, string>>): Parameters<typeof sctpProblem>[2] {
  const [nodes, byChassis] = [sourceTable<{ name: string; chassis: string }>('nodes'), sourceTable<string>('datapaths')];
  for (const [name, type] of Object.entries(types)) {
    nodes.set(name, { name, chassis: `of ${name}` });
    if (type !== '') byChassis.set(`of ${name}`, type);
  }
  return { nodes, datapaths: byChassis };
}

describe('sctpProblem', () => {
  it('names the ports, and the nodes whose datapath is known not to rewrite them', () => {
    const types = { node1: 'netdev', node2: 'system', node3: 'netdev', node4: '' };
    expect(sctpProblem(service, [slice(13_868)], datapaths(types))).toMatch(
      /^Service core\/peer: .*port 3868 leads to port 13868 .*pods on node1, node3 do not reach it: .*targetPort/,
    );
  });

  it('has nothing to say of equal ports, of another protocol, of a kernel datapath and of one that nobody knows', () => {
    const netdev = datapaths({ node1: 'netdev' });
    const tcp = { ...service, ports: [{ name: 'peer', protocol: 'tcp', port: 80 }] } as const;
    expect(sctpProblem(service, [slice(3868)], netdev)).toBeUndefined();
    expect(sctpProblem(service, [], netdev)).toBeUndefined();
    expect(sctpProblem(tcp, [slice(8080, 'tcp')], netdev)).toBeUndefined();
    expect(sctpProblem(service, [slice(13_868)], datapaths({ node1: 'system', node2: '' }))).toBeUndefined();
  });
});
