/**
 * kubeovn.io/v1 Subnet → the policy that its privacy is: its interfaces reach, and are reached by, what is inside, allowed or a node, and
 * nothing else.
 *
 * @source Kube-OVN, Subnet Isolation: "isolated from other Subnets and external networks and can only communicate within the Subnet ... The
 *   CIDRs in allowSubnets can access the Subnet bidirectionally"; Join Subnet: "it is required that Nodes can communicate directly with all Pods"
 */
import { formatPrefix, readPrefix } from '@kube-ovn/ipam';
import { insideOf } from '../group/traits.ts';
import type { Peer, Policy, Rule } from '../model.ts';
import type { SubnetObject } from './objects.ts';
import { below, complain, type Field, listOf, type Read, readShaped, type Report } from './report.ts';

/**
 * Read a Subnet. Never throws.
 *
 * @param joinBlocks blocks of the Subnet that nodes are on
 * @returns no policy when the Subnet is not private; a block that can not be read lets nobody in or out
 */
export function readSubnetIsolation(object: SubnetObject, joinBlocks: readonly string[]): Read<Policy | undefined> {
  const { metadata, spec } = object;
  const closed = (): Policy | undefined => readSpec({ metadata, spec: { private: spec?.private === true } }, joinBlocks).value;
  return readShaped(`Subnet ${metadata.name}`, spec, { read: () => readSpec(object, joinBlocks), closed });
}

function readSpec({ metadata: { name }, spec = {} }: SubnetObject, joinBlocks: readonly string[]): Read<Policy | undefined> {
  const report: Report = { object: `Subnet ${name}`, problems: [] };
  if (spec.private !== true) return { value: undefined, problems: [] };
  const root: Field = { report, path: 'spec' };
  const allowed = below(root, 'allowSubnets');
  const blocks = [
    ...blocksOf({ metadata: { name }, spec }).flatMap((text) => readBlock(below(root, 'cidrBlock'), text)),
    ...listOf(allowed, spec.allowSubnets).flatMap((text, index) => readBlock(below(allowed, index), text)),
    ...joinBlocks.flatMap((text) => readBlock(below(root, 'cidrBlock'), text)),
  ];
  const rules: readonly Rule[] = [
    { action: 'allow', peers: blocks, ports: 'any' },
    { action: 'deny', peers: 'any', ports: 'any' },
  ];
  const value: Policy = {
    kind: 'Subnet',
    name,
    tier: 'subnet',
    priority: 0,
    subject: insideOf(name),
    isolates: [],
    enforcement: 'standard',
    ingress: rules,
    egress: rules,
  };
  return { value, problems: report.problems };
}

/** The blocks that a Subnet says it has, one of each family at most. */
export function blocksOf(subnet: SubnetObject | undefined): string[] {
  const text = subnet?.spec?.cidrBlock;
  return (typeof text === 'string' ? text : '')
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);
}

function readBlock(field: Field, text: string): Peer[] {
  const prefix = readPrefix(text);
  if (prefix !== undefined) return [{ kind: 'block', cidr: formatPrefix(prefix), except: [] }];
  complain(field, text, 'write a block such as 10.16.0.0/16 or fd00::/64');
  return [];
}
