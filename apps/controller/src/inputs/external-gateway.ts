/** ConfigMap ovn-external-gw-config → what the default Vpc's port on the external network shall be like. */
import type { ConfigMap, Problem } from '@kube-ovn/api';
import { canonicalAddress, canonicalMac, formatPrefix, prefixContains, readAddress, readPrefix } from '@kube-ovn/ipam';
import { problem } from './problem.ts';

/** Name of the ConfigMap. @source Kube-OVN */
export const externalGatewayConfig = 'ovn-external-gw-config';

export interface ExternalGateway {
  /** The default Vpc has a port on the external Subnet, whether or not its spec says so. */
  readonly isEnabled: boolean;
  /** Pods are translated on their own nodes. */
  readonly isDistributed: boolean;
  /** Nodes that the port may be on, in order of preference; empty: as for other Vpcs. */
  readonly nodes: readonly string[];
  /** Interface of the nodes that leads to the network; empty: there is a ProviderNetwork already. */
  readonly nic: string;
  /** The network, and its gateway. */
  readonly network: { readonly cidr: string; readonly gateway: string } | undefined;
  /** Of the router's port. */
  readonly address: string | undefined;
  readonly mac: string | undefined;
  readonly problems: readonly Problem[];
}

export const noExternalGateway: ExternalGateway = {
  isEnabled: false,
  isDistributed: false,
  nodes: [],
  nic: '',
  network: undefined,
  address: undefined,
  mac: undefined,
  problems: [],
};

/** @source Kube-OVN, keys of ovn-external-gw-config; `type` other than distributed is centralized */
export function readExternalGateway({ metadata, data = {} }: ConfigMap): ExternalGateway {
  const text = (key: string): string => (data[key] ?? '').trim();
  if (text('enable-external-gw') !== 'true') return noExternalGateway;
  const problems: Problem[] = [];
  const bad = (key: string, what: string, hint: string): undefined => {
    const object = `ConfigMap ${metadata.namespace ?? ''}/${metadata.name}`;
    problems.push(problem('GATEWAY_BAD_FIELD', { object, field: `data[${key}]`, value: text(key), what, hint }));
  };
  const isDistributed = text('type') === 'distributed';
  const nodes = text('external-gw-nodes')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (!isDistributed && text('type') !== '' && text('type') !== 'centralized')
    bad('type', 'is no such type', 'write centralized or distributed');
  const written = text('external-gw-addr');
  const prefix = written.includes('/') ? readPrefix(written) : undefined;
  const gateway = canonicalAddress(written.split('/')[0] ?? '');
  const network = prefix === undefined || gateway === undefined ? undefined : { cidr: formatPrefix(prefix), gateway };
  const hint = 'write the gateway with the length of its network, such as 172.56.0.1/16';
  if (written !== '' && network === undefined) bad('external-gw-addr', 'is no address with a prefix length', hint);
  if (text('external-gw-nic') !== '' && written === '') bad('external-gw-addr', 'is empty beside external-gw-nic', hint);
  const own = text('nic-ip').split('/')[0] ?? '';
  const parsed = own === '' ? undefined : readAddress(own);
  const isInside = parsed !== undefined && (prefix === undefined || prefixContains(prefix, parsed));
  if (own !== '' && !isInside) bad('nic-ip', 'is no address of the network', 'write a free address of it, or leave it out');
  const mac = text('nic-mac') === '' ? undefined : canonicalMac(text('nic-mac'));
  if (text('nic-mac') !== '' && mac === undefined)
    bad('nic-mac', 'is no MAC address of one interface', 'write six bytes such as 02:00:00:00:00:01, or leave it out');
  return {
    isEnabled: true,
    isDistributed,
    nodes: isDistributed ? [] : nodes,
    nic: text('external-gw-nic'),
    network,
    address: isInside ? canonicalAddress(own) : undefined,
    mac,
    problems,
  };
}
