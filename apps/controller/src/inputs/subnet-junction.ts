/** What an underlay Subnet asks for beside its physical gateway: a junction to the router of its Vpc. */
import { type AddressPair, isOvnProvider, type Problem, type SubnetSpec } from '@kube-ovn/api';
import { canonicalAddress, prefixContains, readAddress } from '@kube-ovn/ipam';
import { problem } from './problem.ts';
import type { AddressBlock } from './subnet-addresses.ts';

export interface Junction {
  /** Of the router's port, where the author names them: one of each family of the Subnet. */
  readonly addresses?: AddressPair;
  /** Only what is for overlay Subnets of the Vpc goes by the router; everything else by the physical gateway. */
  readonly isOverlayOnly: boolean;
}

interface JunctionReading {
  readonly junction: Junction | undefined;
  readonly problems: readonly Problem[];
}

/** @source Kube-OVN Subnet.spec.u2oInterconnection, u2oInterconnectionIP, u2oFeatures; without a vlan they mean nothing */
export function readJunction(object: string, spec: SubnetSpec, blocks: readonly AddressBlock[]): JunctionReading {
  const { vlan = '', provider = '', u2oInterconnection = false, u2oInterconnectionIP = '', u2oFeatures } = spec;
  if (!u2oInterconnection || vlan === '' || !isOvnProvider(provider === '' ? 'ovn' : provider))
    return { junction: undefined, problems: [] };
  const wrong = (field: string, value: string, told: { readonly what: string; readonly hint: string }): JunctionReading => ({
    junction: undefined,
    problems: [problem('SUBNET_BAD_FIELD', { object, field: `spec.${field}`, value, ...told })],
  });
  if (spec.logicalGateway === true) {
    return wrong('u2oInterconnection', 'true', {
      what: 'excludes logicalGateway, which joins the Subnet to the router by its gateway',
      hint: 'set one of the two',
    });
  }
  const isOverlayOnly = u2oFeatures?.overlayOnlyRouting ?? false;
  if (u2oInterconnectionIP === '' || blocks.length === 0) return { junction: { isOverlayOnly }, problems: [] };
  const texts = u2oInterconnectionIP.split(',').map((text) => text.trim());
  const found = blocks.map((block) => texts.find((text) => isIn(text, block)));
  if (texts.length !== blocks.length || found.includes(undefined)) {
    const [example = ''] = blocks.map(({ cidr }) => cidr);
    return wrong('u2oInterconnectionIP', u2oInterconnectionIP, {
      what: `is not one address of each of ${blocks.map(({ cidr }) => cidr).join(',')} other than its gateway`,
      hint: `choose free addresses, such as one of ${example}, or leave it out`,
    });
  }
  const of = (family: 4 | 6): string | undefined =>
    canonicalAddress(found[blocks.findIndex(({ prefix }) => prefix.family === family)] ?? '');
  const [v4, v6] = [of(4), of(6)];
  const addresses = { ...(v4 === undefined ? {} : { v4 }), ...(v6 === undefined ? {} : { v6 }) };
  return { junction: { addresses, isOverlayOnly }, problems: [] };
}

function isIn(text: string, { prefix, gateway }: AddressBlock): boolean {
  const address = readAddress(text);
  return address !== undefined && address.family === prefix.family && prefixContains(prefix, address) && canonicalAddress(text) !== gateway;
}
