/** An IP object that a user writes to keep addresses → what is wrong with it. */
import type { IP, Problem } from '@kube-ovn/api';
import { canonicalAddress, canonicalMac, prefixContains, readAddress } from '@kube-ovn/ipam';
import { problem } from './problem.ts';
import { blockOf, cidrOf, type SubnetInput } from './subnet.ts';

/** What it is held against. */
export interface IpSurroundings {
  readonly findSubnet: (name: string) => SubnetInput | undefined;
  /** IP objects of its Subnet. */
  readonly others: Iterable<IP>;
}

/** @source Kube-OVN IP.spec */
export function ipProblems(ip: IP, surroundings: IpSurroundings): readonly Problem[] {
  return [...ipNameProblems(ip), ...addressProblems(ip, surroundings)];
}

/** An object of another name than its pod's port is for nobody. @source Kube-OVN: the name is that of the logical switch port */
export function ipNameProblems({ metadata, spec: { podName = '', namespace = '' } }: IP): readonly Problem[] {
  const port = `${podName}.${namespace}`;
  if (podName === '' || namespace === '' || metadata.name === port || metadata.name.startsWith(`${port}.`)) return [];
  const what = `is not that of pod ${namespace}/${podName}, which will not get these addresses`;
  const hint = `delete it, and make one with the name ${port}`;
  return [problem('IP_BAD_NAME', { object: `IP ${metadata.name}`, field: 'metadata.name', value: metadata.name, what, hint })];
}

function addressProblems({ metadata, spec }: IP, { findSubnet, others }: IpSurroundings): readonly Problem[] {
  const object = `IP ${metadata.name}`;
  const name = spec.subnet ?? '';
  const subnet = findSubnet(name);
  if (subnet === undefined) {
    const what = name === '' ? 'is empty' : 'does not exist or is not in force';
    return [
      problem('IP_NO_SUBNET', { object, field: 'spec.subnet', value: name, what, hint: 'name the Subnet that the addresses are of' }),
    ];
  }
  const addresses = [
    { field: 'spec.v4IpAddress', value: spec.v4IpAddress ?? '', family: 4 as const },
    { field: 'spec.v6IpAddress', value: spec.v6IpAddress ?? '', family: 6 as const },
  ].filter(({ value }) => value !== '');
  const rivals = [...others].filter((other) => other.metadata.name !== metadata.name && other.spec.subnet === name);
  const problems = addresses.flatMap(({ field, value, family }): readonly Problem[] => {
    const address = readAddress(value);
    const about = { object, field, value };
    if (address?.family !== family) {
      return [
        problem('IP_BAD_FIELD', { ...about, what: `is no IPv${family} address`, hint: 'write one address, without a prefix length' }),
      ];
    }
    const block = blockOf(subnet, family);
    if (block === undefined || !prefixContains(block.prefix, address)) {
      const what = `is not in ${cidrOf(subnet)} of Subnet ${name}`;
      return [problem('IP_OUTSIDE_SUBNET', { ...about, what, hint: 'choose an address of that Subnet' })];
    }
    const text = canonicalAddress(value);
    const holder = rivals.find((other) =>
      [other.spec.v4IpAddress, other.spec.v6IpAddress].some((held) => canonicalAddress(held ?? '') === text),
    );
    if (holder === undefined) return [];
    const hint = 'choose a free address, or delete what has this one';
    return [problem('IP_TAKEN', { ...about, what: `is held by IP ${holder.metadata.name}`, hint })];
  });
  const mac = spec.macAddress ?? '';
  if (mac !== '' && canonicalMac(mac) === undefined) {
    const hint = 'write six bytes such as 02:00:00:00:00:01, or leave it out';
    problems.push(
      problem('IP_BAD_FIELD', { object, field: 'spec.macAddress', value: mac, what: 'is no MAC address of one interface', hint }),
    );
  }
  return problems;
}
