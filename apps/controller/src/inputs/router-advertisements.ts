/**
 * Subnet.spec.enableIPv6RA and ipv6RAConfigs → what the router tells the Subnet's interfaces about IPv6, or the problems that keep the
 * spec from being used.
 *
 * @source Kube-OVN Subnet.spec.ipv6RAConfigs; ovn-nb(5) Logical_Router_Port.ipv6_ra_configs; RFC 4861 section 6.2.1; RFC 4191;
 *   RFC 4862 section 5.5.3: an address is formed from a prefix of length 64
 */
import type { Problem, SubnetSpec } from '@kube-ovn/api';
import { readAddress, readPrefix } from '@kube-ovn/ipam';
import { problem } from './problem.ts';
import type { AddressBlock } from './subnet-addresses.ts';

/** In OVN's own words; empty: nothing is advertised. */
export type RouterAdvertisements = Readonly<Record<string, string>>;

/** @source Kube-OVN, where ipv6RAConfigs is empty */
const defaults: RouterAdvertisements = {
  address_mode: 'dhcpv6_stateful',
  max_interval: '30',
  min_interval: '5',
  send_periodic: 'true',
};
/** @source ovn-nb(5): default of max_interval */
const ovnMaxInterval = 600;
const maxLength = 4_096;
const preferences = ['HIGH', 'MEDIUM', 'LOW'];

interface Rule {
  readonly isValid: (value: string) => boolean;
  /** Continues "use ...". */
  readonly hint: string;
}

const rules: Readonly<Record<string, Rule>> = {
  address_mode: oneOf('slaac', 'dhcpv6_stateful', 'dhcpv6_stateless'),
  router_preference: oneOf(...preferences),
  route_info: { isValid: (value) => value.split(',').every(isRoute), hint: 'HIGH, MEDIUM or LOW and a block, such as HIGH-fd00:9::/48' },
  mtu: { isValid: (value) => value === '0' || isWhole(value, { min: 1280, max: 65_535 }), hint: 'a whole number from 1280 to 65535' },
  send_periodic: oneOf('true', 'false'),
  max_interval: { isValid: (value) => isWhole(value, { min: 4, max: 1800 }), hint: 'a whole number of seconds from 4 to 1800' },
  min_interval: { isValid: (value) => isWhole(value, { min: 3, max: 1350 }), hint: 'a whole number of seconds from 3 to 1350' },
  rdnss: { isValid: (value) => readAddress(value)?.family === 6, hint: 'an IPv6 address' },
  dnssl: { isValid: (value) => value.split(',').every(isDomain), hint: 'domains, such as a.example,b.example' },
};

/** Read both fields. A Subnet without IPv6 has nothing to advertise, whatever they say. */
export function readRouterAdvertisements(
  object: string,
  spec: SubnetSpec,
  blocks: readonly AddressBlock[],
): { readonly configs: RouterAdvertisements; readonly problems: readonly Problem[] } {
  const block = blocks.find(({ prefix }) => prefix.family === 6);
  const text = spec.ipv6RAConfigs?.replaceAll(/\s/g, '') ?? '';
  if (spec.enableIPv6RA !== true || block === undefined) return { configs: {}, problems: [] };
  const problems: Problem[] = [];
  const bad = (value: string, what: string, hint: string): void => {
    problems.push(problem('SUBNET_BAD_FIELD', { object, field: 'spec.ipv6RAConfigs', value, what, hint }));
  };
  if (text.length > maxLength) bad(`${text.length} characters`, 'are too many', `use at most ${maxLength}`);
  const configs = text === '' ? defaults : Object.fromEntries(text.length > maxLength ? [] : readOptions(text, bad));
  const longest = Number(configs['max_interval'] ?? ovnMaxInterval);
  const shortest = Number(configs['min_interval'] ?? longest / 3);
  if (problems.length === 0 && shortest > longest * 0.75)
    bad(`min_interval=${shortest}`, `is more than three quarters of max_interval=${longest}`, 'use a lower one, or a higher max_interval');
  const mode = configs['address_mode'] ?? '';
  if (['slaac', 'dhcpv6_stateless'].includes(mode) && block.prefix.length !== 64)
    bad(
      `address_mode=${mode}`,
      `needs a block of length 64, and ${block.cidr} has ${block.prefix.length}`,
      'use such a block, or another mode',
    );
  return { configs, problems };
}

type Bad = (value: string, what: string, hint: string) => void;

/** `key=value,key=value`; a part without `=` goes on with the list before it. */
function readOptions(text: string, bad: Bad): readonly (readonly [string, string])[] {
  const options: [string, string][] = [];
  for (const part of text.split(',')) {
    const at = part.indexOf('=');
    const last = options.at(-1);
    if (at > 0) options.push([part.slice(0, at), part.slice(at + 1)]);
    else if (at < 0 && last !== undefined && (last[0] === 'dnssl' || last[0] === 'route_info')) last[1] += `,${part}`;
    else bad(part, 'is no option', 'write key=value,key=value');
  }
  const seen = new Set<string>();
  for (const [key, value] of options) {
    const rule = Object.hasOwn(rules, key) ? rules[key] : undefined;
    if (rule === undefined) bad(`${key}=${value}`, 'is no option of router advertisements', `use ${Object.keys(rules).join(', ')}`);
    else if (seen.has(key)) bad(`${key}=${value}`, 'is there twice', 'write each option once');
    else if (!rule.isValid(value)) bad(`${key}=${value}`, 'can not be used', `use ${rule.hint}`);
    seen.add(key);
  }
  return options;
}

function oneOf(...values: readonly string[]): Rule {
  return { isValid: (value) => values.includes(value), hint: values.join(', ') };
}

function isWhole(value: string, { min, max }: { readonly min: number; readonly max: number }): boolean {
  return /^\d{1,5}$/.test(value) && Number(value) >= min && Number(value) <= max;
}

/** @source ovn-nb(5): `PRF-prefix`, PRF as of RFC 4191 */
function isRoute(value: string): boolean {
  const at = value.indexOf('-');
  return preferences.includes(value.slice(0, at)) && readPrefix(value.slice(at + 1))?.family === 6;
}

/** @source RFC 1035 section 2.3.4: labels of 63, names of 255 octets */
function isDomain(value: string): boolean {
  return value.length <= 253 && /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i.test(value);
}
