import { madeByUs, type ProviderNetwork, type Subnet, type Vlan } from '@kube-ovn/api';
import { expandTable, isSamePlainData, sourceTable, type Table } from '@kube-ovn/dataflow';
import type { ExternalGateway } from '../../inputs/external-gateway.ts';
import type { Feature, Notice } from '../feature.ts';
import type { ExternalSettings, Graph } from '../graph.ts';
import { problemsText } from '../problems-text.ts';

const byContent = { equals: isSamePlainData };

/**
 * The ConfigMap ovn-external-gw-config says in its own words what a ProviderNetwork, a Vlan and a Subnet say: where it names an interface and a
 * gateway, these three are made, unless a user has made them. The rest goes on from there as for any Vpc with enableExternal.
 */
export const externalGatewayFeature: Feature = {
  name: 'external-gateway',
  wire: (graph) => {
    const { externalGateway, externalSettings, names } = graph;
    const only = sourceTable<true>('external gateway');
    only.set(externalSettings.configMap, true);
    const made = <T extends { readonly metadata: { readonly name: string } }>(
      what: string,
      object: (config: ExternalGateway, network: NonNullable<ExternalGateway['network']>) => T,
    ): Table<T> =>
      expandTable(
        what,
        only,
        () => {
          const { value } = externalGateway;
          if (value.network === undefined || value.nic === '') return [];
          const each = object(value, value.network);
          return [[each.metadata.name, each] as const];
        },
        byContent,
      );
    return {
      objects: {
        providerNetwork: made('provider network of the external gateway', (config) => providerNetwork(config, externalSettings)),
        vlan: made('vlan of the external gateway', () => vlan(names.externalSubnet, externalSettings)),
        subnet: made('subnet of the external gateway', (_config, network) => subnet(names.externalSubnet, network)),
      },
      notices: notices(graph, only),
    };
  },
};

const common = (name: string) => ({ apiVersion: 'kubeovn.io/v1', metadata: { name, labels: { [madeByUs.key]: madeByUs.value } } });

/** @source Kubernetes, label kubernetes.io/hostname: the kubelet sets it to the name of the Node, unless it is told otherwise */
function providerNetwork({ nic, nodes }: ExternalGateway, { network }: ExternalSettings): ProviderNetwork {
  const nodeSelector =
    nodes.length === 0
      ? {}
      : { nodeSelector: { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In' as const, values: [...nodes].toSorted() }] } };
  return { ...common(network), kind: 'ProviderNetwork', spec: { defaultInterface: nic, ...nodeSelector } };
}

function vlan(name: string, { network, vlanId }: ExternalSettings): Vlan {
  return { ...common(name), kind: 'Vlan', spec: { id: vlanId, provider: network } };
}

function subnet(name: string, { cidr, gateway }: NonNullable<ExternalGateway['network']>): Subnet {
  return {
    ...common(name),
    kind: 'Subnet',
    spec: { vlan: name, cidrBlock: cidr, gateway, protocol: cidr.includes(':') ? 'IPv6' : 'IPv4' },
  };
}

function notices({ externalGateway, names }: Graph, only: Table<true>): Table<Notice> {
  return expandTable(
    'external gateway notices',
    only,
    (key): (readonly [string, Notice])[] => {
      const { problems } = externalGateway.value;
      if (problems.length === 0) return [];
      const message = problemsText(problems);
      return [[key, { kind: 'vpc', key: names.clusterRouter, type: 'Warning', reason: 'ExternalGatewayConfig', message, isState: true }]];
    },
    byContent,
  );
}
