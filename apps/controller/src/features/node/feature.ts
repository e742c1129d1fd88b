import { nodeAnnotations, nodePortName } from '@kube-ovn/api';
import { deriveTable, expandTable, isSamePlainData, type Table } from '@kube-ovn/dataflow';
import type { ObjectPatch } from '@kube-ovn/kube';
import type { AddressDemand } from '../../effects/demand.ts';
import { blockOf } from '../../inputs/subnet.ts';
import type { Feature, Notice } from '../feature.ts';
import { fragmentTable } from '../fragments.ts';
import type { Graph } from '../graph.ts';
import { isPortSeen, pairOf } from '../lease.ts';
import { nodeFragment } from './node.formula.ts';

/** Every node has one port on the join Subnet; its daemon waits for the annotations. */
export const nodeFeature: Feature = {
  name: 'node',
  wire: (graph) => ({
    demands: [demands(graph)],
    fragments: [
      fragmentTable('node', graph.nodes, (name, node) => {
        const lease = graph.leases.get(nodePortName(name));
        return lease === undefined ? undefined : nodeFragment(node, lease, graph.names);
      }),
    ],
    patches: { node: patches(graph) },
    notices: deriveTable(
      'node notices',
      graph.nodes,
      (key): Notice | undefined => {
        const refusal = graph.refusals.get(nodePortName(key));
        return refusal === undefined
          ? undefined
          : { kind: 'node', key, type: 'Warning', reason: 'AcquireAddressFailed', message: refusal.message };
      },
      { equals: isSamePlainData },
    ),
  }),
};

/** Before the join Subnet is there, a new node's demand could only be refused; one that has its lease keeps it whatever becomes of the Subnet. */
function demands({ nodes, subnets, leases, names }: Graph): Table<AddressDemand> {
  return expandTable(
    'node demands',
    nodes,
    (name, node): (readonly [string, AddressDemand])[] => {
      if (!subnets.has(names.joinSubnet) && !leases.has(nodePortName(name))) return [];
      const holder = { kind: 'Node', namespace: '', name, uid: node.uid } as const;
      return [[nodePortName(name), { holder, node: name, subnets: [names.joinSubnet], podType: '' }]];
    },
    { equals: isSamePlainData },
  );
}

/** @source Kube-OVN node annotations written by the controller */
function patches({ nodes, leases, subnets, northbound }: Graph): Table<ObjectPatch> {
  return deriveTable(
    'node patches',
    nodes,
    (name): ObjectPatch | undefined => {
      const lease = leases.get(nodePortName(name));
      const subnet = lease === undefined ? undefined : subnets.get(lease.subnet);
      if (lease === undefined || subnet === undefined || !isPortSeen(northbound.ports.get(nodePortName(name)), lease)) return undefined;
      const [v4, v6] = [blockOf(subnet, 4), blockOf(subnet, 6)];
      return {
        annotations: {
          ...nodeAnnotations.allocated.entry(true),
          ...nodeAnnotations.ip_address.entry(pairOf(lease.v4, lease.v6)),
          ...nodeAnnotations.mac_address.entry(lease.mac),
          ...nodeAnnotations.cidr.entry(pairOf(v4?.cidr, v6?.cidr)),
          ...nodeAnnotations.gateway.entry(pairOf(v4?.gateway, v6?.gateway)),
          ...nodeAnnotations.logical_switch.entry(lease.subnet),
          ...nodeAnnotations.port_name.entry(nodePortName(name)),
        },
      };
    },
    { equals: isSamePlainData },
  );
}
