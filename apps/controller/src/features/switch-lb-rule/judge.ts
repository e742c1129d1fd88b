/** What stands against a SwitchLBRule beside all the others: nobody else may have its address, or be it at the same port. Pure. */
import { madeByUs, type Problem, type Service, type SwitchLbRuleInput } from '@kube-ovn/api';
import { prefixContains, readAddress, readPrefix } from '@kube-ovn/ipam';
import { vipOfKey } from '../../effects/demand.ts';
import { problem } from '../../inputs/problem.ts';
import { blockOf, type SubnetInput } from '../../inputs/subnet.ts';

/** What a rule is held against. */
export interface RuleSurroundings {
  /** Name of the rule that has the same address, protocol and port, and comes first. */
  readonly firstOf: (front: string) => string | undefined;
  /** Keys of leases that have an address. */
  readonly holdersOf: (address: string) => Iterable<string>;
  readonly hasNamespace: (name: string) => boolean;
  readonly serviceBlocks: readonly string[];
  /** What there is under the name of the Service that stands for the rule. */
  readonly service: Service | undefined;
}

/** Annotation of the Service that stands for a rule. @source Kube-OVN */
export const SWITCH_LB_VIP = 'ovn.kubernetes.io/switch_lb_vip';

/** `address protocol port`, for each of a rule: what no two rules may share. */
export function frontsOf({ service }: SwitchLbRuleInput): readonly string[] {
  return service.clusterIps.flatMap(({ address }) => service.ports.map(({ protocol, port }) => `${address} ${protocol} ${port}`));
}

/** All that is wrong. */
export function ruleProblems(rule: SwitchLbRuleInput, around: RuleSurroundings): readonly Problem[] {
  const object = `SwitchLBRule ${rule.name}`;
  const bad = (code: 'SLR_TAKEN' | 'SLR_NO_NAMESPACE', parts: Omit<Parameters<typeof problem>[1], 'object'>): Problem =>
    problem(code, { object, ...parts });
  const ofVip = rule.service.clusterIps.flatMap(({ address }): readonly Problem[] => {
    const vip = { field: 'spec.vip', value: address };
    const read = readAddress(address);
    const block = around.serviceBlocks.find((text) => {
      const prefix = readPrefix(text);
      return prefix !== undefined && read !== undefined && prefixContains(prefix, read);
    });
    if (block !== undefined)
      return [
        bad('SLR_TAKEN', { ...vip, what: `is in ${block}, which Services have addresses of`, hint: 'choose an address of a Subnet' }),
      ];
    const holder = [...around.holdersOf(address)].find((key) => vipOfKey(key) === undefined);
    if (holder === undefined) return [];
    return [bad('SLR_TAKEN', { ...vip, what: `is the address of ${holder}`, hint: 'choose another, or delete that pod' })];
  });
  const ofPorts = frontsOf(rule).flatMap((front): readonly Problem[] => {
    const first = around.firstOf(front);
    if (first === undefined || first === rule.name) return [];
    const hint = 'choose another address or port, or delete one of the two';
    return [bad('SLR_TAKEN', { field: 'spec.ports', value: front, what: `is served by SwitchLBRule ${first}`, hint })];
  });
  return [
    ...ofVip,
    ...ofPorts,
    ...(around.hasNamespace(rule.namespace)
      ? []
      : [
          bad('SLR_NO_NAMESPACE', {
            field: 'spec.namespace',
            value: rule.namespace,
            what: 'does not exist',
            hint: 'create that Namespace',
          }),
        ]),
    ...(around.service === undefined || isOfRule(around.service)
      ? []
      : [
          bad('SLR_TAKEN', {
            field: 'metadata.name',
            value: rule.name,
            what: `needs the Service ${rule.service.key}, which somebody else has made`,
            hint: 'rename one of the two',
          }),
        ]),
  ];
}

/** One that Kube-OVN's controller made for a rule is as good as our own. */
export function isOfRule({ metadata }: Service): boolean {
  return metadata.labels?.[madeByUs.key] === madeByUs.value || metadata.annotations?.[SWITCH_LB_VIP] !== undefined;
}

/** Addresses of a rule that are in a Subnet and that nothing keeps from being given to a pod. */
export function unreserved(
  rule: SwitchLbRuleInput,
  { holdersOf, subnets }: Pick<RuleSurroundings, 'holdersOf'> & { readonly subnets: Iterable<SubnetInput> },
): readonly { readonly address: string; readonly subnet: string }[] {
  const all = [...subnets];
  return rule.service.clusterIps.flatMap(({ family, address }) => {
    const read = readAddress(address);
    const subnet = all.find((each) => {
      const block = blockOf(each, family);
      return block !== undefined && read !== undefined && prefixContains(block.prefix, read) && !each.excludeIps.includes(address);
    });
    return subnet === undefined || [...holdersOf(address)].length > 0 ? [] : [{ address, subnet: subnet.name }];
  });
}
