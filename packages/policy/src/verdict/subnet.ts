/** kubeovn.io/v1 Subnet: isolation of a subnet from all others. */
import { inBlock } from './flow.ts';
import { decided, type Judgement, type Question } from './judgement.ts';
import type { ClusterObjects, SubnetObject } from './objects.ts';

/**
 * The judgement of the subnet of a pod, of what it sends and what it receives; undefined when it is not private.
 *
 * @source Kube-OVN, Subnet Isolation: "set private to true in the subnet spec, and the Subnet will be isolated from other Subnets and
 *   external networks and can only communicate within the Subnet. If you want to open a whitelist, you can set it by allowSubnets. The
 *   CIDRs in allowSubnets can access the Subnet bidirectionally"; Join Subnet: "it is required that Nodes can communicate directly with
 *   all Pods"
 */
export function judgeBySubnet(cluster: ClusterObjects, question: Question): Judgement | undefined {
  const { flow, own, other } = question;
  const subnet = cluster.subnets.find((one) => blocksOf(one).some((block) => inBlock(block, own.address)));
  if (subnet?.spec?.private !== true) return undefined;
  const who = `Subnet ${subnet.metadata.name}`;
  const isIn = (blocks: readonly string[]): boolean => blocks.some((block) => inBlock(block, other.address));
  if (isIn(blocksOf(subnet))) return decided('allow', `inside ${who}`);
  if (isIn(subnet.spec.allowSubnets ?? [])) return decided('allow', `${who} allowSubnets`);
  const join = cluster.subnets.find(({ metadata }) => metadata.name === 'join');
  if (join !== undefined && isIn(blocksOf(join))) return decided('allow', 'a node');
  return decided('deny', `${who} is private, and IPv${flow.family} to or from elsewhere is not allowed`);
}

/** @source Kube-OVN Subnet.spec.cidrBlock: one block, or one of each family as `v4,v6` */
function blocksOf({ spec }: SubnetObject): readonly string[] {
  return (spec?.cidrBlock ?? '')
    .split(',')
    .map((text) => text.trim())
    .filter(Boolean);
}
