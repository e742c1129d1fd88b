import { madeByUs, type OvnEip, providerNetworkNodeLabels } from '@kube-ovn/api';
import { deriveTable, expandTable, formula, isSamePlainData, mergeTables, type Table } from '@kube-ovn/dataflow';
import type { ObjectPatch } from '@kube-ovn/kube';
import type { Fragment } from '@kube-ovn/ovsdb';
import { type AddressDemand, eipKey } from '../../effects/demand.ts';
import { noExternalGateway } from '../../inputs/external-gateway.ts';
import { type EipInput, eipProblems } from '../../inputs/ovn-eip.ts';
import { type NatInput, type NatKind, natKey, type NatObject } from '../../inputs/ovn-nat.ts';
import { bfdMembership } from '../bfd.ts';
import type { Feature, Notice } from '../feature.ts';
import { fragmentTable } from '../fragments.ts';
import type { Graph } from '../graph.ts';
import { pairOf } from '../lease.ts';
import { gatewayChassis } from './chassis.ts';
import { eipNotice, eipPatch, type EipProgress } from './eip-status.formula.ts';
import { linkRows } from './link.formula.ts';
import { natRows } from './nat.formula.ts';
import { natNotice, natPatch, type NatProgress } from './nat-status.formula.ts';

const byContent = { equals: isSamePlainData };

/**
 * External addresses on the routers of Vpcs. Everything that bears an address is in the fragment of that address's OvnEip: the address is
 * given back when OVN shows none of it any more.
 */
export const ovnNatFeature: Feature = {
  name: 'ovn-nat',
  wire: (graph) => {
    const { external, objects } = graph;
    const nodes = formula(() => [...graph.nodes.entries()].map(([, node]) => node), byContent);
    return {
      demands: [
        expandTable(
          'eip demands',
          external.eips,
          (name, eip) => demandOf(eip, graph).map((demand) => [eipKey(name), demand] as const),
          byContent,
        ),
      ],
      fragments: [fragmentTable('ovn-eip', external.eips, (name) => eipFragment(name, graph, nodes.value))],
      objects: { ovnEip: routerEips(graph) },
      patches: {
        ovnEip: deriveTable(
          'eip patches',
          objects.ovnEips,
          (name, object) => {
            const eip = external.eips.get(name);
            return eip === undefined ? undefined : eipPatch(object, eip, eipProgress(eip, graph));
          },
          byContent,
        ),
        ovnFip: natPatches('OvnFip', objects.ovnFips, graph),
        ovnSnatRule: natPatches('OvnSnatRule', objects.ovnSnatRules, graph),
        ovnDnatRule: natPatches('OvnDnatRule', objects.ovnDnatRules, graph),
      },
      notices: mergeTables('external notices', [
        expandTable(
          'eip notices',
          objects.ovnEips,
          (name, object) => {
            const eip = external.eips.get(name);
            const notice = eip === undefined ? undefined : eipNotice(object, eip, eipProgress(eip, graph));
            return notice === undefined ? [] : [[eipKey(name), notice] as const];
          },
          byContent,
        ),
        natNotices('OvnFip', objects.ovnFips, graph),
        natNotices('OvnSnatRule', objects.ovnSnatRules, graph),
        natNotices('OvnDnatRule', objects.ovnDnatRules, graph),
      ]),
    };
  },
};

/** The addresses of routers' ports: objects of ours, unless a user has made one of that name. @source Kube-OVN: OvnEip `<vpc>-<subnet>` of type lrp */
function routerEips({ external, names, externalGateway }: Graph): Table<OvnEip> {
  return expandTable(
    'eips of routers',
    external.links,
    (_key, { vpc, eip, subnet }) => {
      const { address, mac } = vpc === names.clusterRouter && subnet === names.externalSubnet ? externalGateway.value : noExternalGateway;
      const object: OvnEip = {
        apiVersion: 'kubeovn.io/v1',
        kind: 'OvnEip',
        metadata: { name: eip, labels: { [madeByUs.key]: madeByUs.value } },
        spec: {
          externalSubnet: subnet,
          type: 'lrp',
          ...(address === undefined ? {} : { [address.includes(':') ? 'v6Ip' : 'v4Ip']: address }),
          ...(mac === undefined ? {} : { macAddress: mac }),
        },
      };
      return [[eip, object] as const];
    },
    byContent,
  );
}

/** What an OvnEip has is what it wants, whatever becomes of its spec; one that is being deleted, as long as something uses it. */
function demandOf(eip: EipInput, graph: Graph): readonly AddressDemand[] {
  const { name, uid, held, isTerminating, subnet, addresses, mac } = eip;
  const common = { holder: { kind: 'OvnEip' as const, namespace: '', name, uid }, node: '', podType: '' as const };
  if (isTerminating && usersOf(name, graph).length === 0) return [];
  if (held !== undefined) return [{ ...common, subnets: [held.subnet], addresses: pairOf(held.v4, held.v6), mac: held.mac }];
  if (isTerminating || eipProblems(eip, (each) => graph.subnets.get(each)).length > 0) return [];
  return [{ ...common, subnets: [subnet], ...(addresses === undefined ? {} : { addresses }), ...(mac === undefined ? {} : { mac }) }];
}

/** What an OvnEip serves. */
function usersOf(name: string, { external }: Pick<Graph, 'external'>): readonly (ExternalUser & { readonly key: string })[] {
  const links = [...external.linksByEip.of(name)].map((key) => ({ key, text: `the router of Vpc ${key.split('/')[0]}`, use: 'lrp' }));
  const nats = [...external.natsByEip.of(name)]
    .filter((key) => external.readings.get(key)?.ok === true)
    .map((key) => ({ key, text: key.replace('/', ' '), use: uses[external.nats.get(key)?.kind ?? 'OvnFip'] }));
  return [...links, ...nats].toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

interface ExternalUser {
  readonly text: string;
  readonly use: string;
}

const uses: Readonly<Record<NatKind, string>> = { OvnFip: 'fip', OvnSnatRule: 'snat', OvnDnatRule: 'dnat' };

function eipProgress(eip: EipInput, graph: Graph): EipProgress {
  const lease = graph.leases.get(eipKey(eip.name));
  const users = usersOf(eip.name, graph);
  return {
    problems: eipProblems(eip, (subnet) => graph.subnets.get(subnet)),
    lease: lease?.holder.uid === eip.uid ? lease : undefined,
    refusal: graph.refusals.get(eipKey(eip.name)),
    users: users.map(({ text }) => text),
    uses: [...new Set(users.map(({ use }) => use))].filter((use) => use !== 'lrp').toSorted(),
  };
}

/** All rows that bear one external address. */
function eipFragment(name: string, graph: Graph, nodes: Parameters<typeof gatewayChassis>[1]): Fragment | undefined {
  const { external, subnets, vpcs, leases } = graph;
  const lease = leases.get(eipKey(name));
  const subnet = lease === undefined ? undefined : subnets.get(lease.subnet);
  if (lease === undefined || subnet === undefined) return undefined;
  const links = [...external.linksByEip.of(name)].toSorted().flatMap((key) => {
    const link = external.links.get(key);
    const vpc = link === undefined ? undefined : vpcs.get(link.vpc);
    if (link === undefined || vpc === undefined || external.eips.get(name)?.type !== 'lrp' || link.subnet !== lease.subnet) return [];
    const ready = providerNetworkNodeLabels(graph.vlans.get(subnet.vlan)?.network ?? '').ready;
    const chassis = gatewayChassis(link.eip, nodes, {
      isConnected: ({ labels }) => labels[ready] === 'true',
      only: vpc.isDefault && link.subnet === graph.names.externalSubnet ? graph.externalGateway.value.nodes : [],
    });
    return linkRows(link, { vpc, subnet, lease, chassis });
  });
  const nats = [...external.natsByEip.of(name)].toSorted().flatMap((key) => {
    const [nat, reading] = [external.nats.get(key), external.readings.get(key)];
    if (nat === undefined || reading?.ok !== true || nat.isTerminating) return [];
    return [natRows(nat, reading.nat, { subnet, isDefaultVpc: vpcs.get(reading.nat.vpc)?.isDefault === true })];
  });
  if (links.length === 0 && nats.length === 0) return undefined;
  return {
    rows: [...links, ...nats.flatMap(({ rows }) => rows)],
    members: [...(links.length === 0 ? [] : [bfdMembership]), ...nats.flatMap(({ members }) => members)],
  };
}

function natProgress(nat: NatInput, { external }: Graph): NatProgress {
  return { reading: external.readings.get(nat.key) ?? { ok: false, problems: [] }, isSeen: external.seenByNat.of(nat.key).size > 0 };
}

function natPatches<T extends NatObject>(kind: NatKind, objects: Table<T>, graph: Graph): Table<ObjectPatch> {
  return deriveTable(
    `${kind} patches`,
    objects,
    (name, object) => {
      const nat = graph.external.nats.get(natKey(kind, name));
      return nat === undefined ? undefined : natPatch(object, nat, natProgress(nat, graph));
    },
    byContent,
  );
}

function natNotices<T extends NatObject>(kind: NatKind, objects: Table<T>, graph: Graph): Table<Notice> {
  return expandTable(
    `${kind} notices`,
    objects,
    (name, object) => {
      const nat = graph.external.nats.get(natKey(kind, name));
      const notice = nat === undefined ? undefined : natNotice(object, nat, natProgress(nat, graph));
      return notice === undefined ? [] : [[natKey(kind, name), notice] as const];
    },
    byContent,
  );
}
