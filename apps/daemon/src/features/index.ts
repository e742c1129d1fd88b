/**
 * All formulas of the node, from sources to what the sinks write.
 *
 *     Node, Subnets, links, database ─► encap ─► chassis fragment ──┐
 *                            │            └─ MTU ─► join fragment ──┼─► Open_vSwitch database
 *     attachments ───────────┼──────────────► a fragment each ──────┘
 *     Mirrors, Pods, attachments ─► copies of traffic (mirror/features.ts) ─► database, rules of br-mirror, status of Mirrors
 *                            ├─► join host: ovn0, its addresses and routes
 *                            ├─► NAT script, routes to routers outside
 *     Services, EndpointSlices, Pods ─► elements of the table of services
 *     ProviderNetworks, Vlans ─► plan of physical networks ─► their bridges; what became of them ─► labels
 *                            └─► Node: chassis annotation, NetworkUnavailable, TunnelUnavailable
 */
import type { Mirror, Namespace, Node, Pod, Problem, ProviderNetwork, ServiceInput, SliceInput, Vlan } from '@kube-ovn/api';
import { nodeAnnotations, nodeLabels } from '@kube-ovn/api';
import {
  deriveTable,
  expandTable,
  formula,
  indexBy,
  isSamePlainData,
  mergeTables,
  sourceTable,
  type Cell,
  type Table,
} from '@kube-ovn/dataflow';
import type { ObjectPatch } from '@kube-ovn/kube';
import type { Fragment } from '@kube-ovn/ovsdb';
import type { Config } from '../config.ts';
import { readHostPorts } from '../inputs/host-port.ts';
import { internalAddresses, labelledDatapath, readJoinInterface, type JoinReading } from '../inputs/join-interface.ts';
import type { NodeSubnet } from '../inputs/subnet.ts';
import type { ChassisFacts } from '../sources/vswitch.ts';
import { attachmentFragment, attachmentOwner } from './attachment/attachment.formula.ts';
import type { Attachment } from './attachment/record.ts';
import type { Policers } from './bandwidth/policer.formula.ts';
import { bandwidthEntry } from './bandwidth/reports.ts';
import { QOS_OWNER, unmanagedFragment } from './bandwidth/unmanaged.formula.ts';
import { CHASSIS_OWNER, chassisFragment, chassisName } from './chassis/chassis.formula.ts';
import { chooseEncap, type Encap, type HostLink } from './chassis/encap.formula.ts';
import { type EgressRouting, egressRouting } from './egress-route/egress-route.formula.ts';
import { GATEWAY_OWNER, gatewayPortFragment, needsGatewayPort } from './gateway-port/gateway-port.formula.ts';
import { joinFragment, joinHost, JOIN_OWNER, type JoinHost } from './join/join.formula.ts';
import { networkCondition } from './join/condition.formula.ts';
import { type FlowState, type MirrorFeatures, mirrorFeatures } from './mirror/features.ts';
import type { PortFacts } from './mirror/reports.formula.ts';
import { natScript } from './nat/nat.formula.ts';
import { type NetworkState, networkLabels } from './provider-network/labels.formula.ts';
import { type NetworkPlan, planNetworks } from './provider-network/provider-network.formula.ts';
import { type Element, type Elements, unionElements } from './service/elements.ts';
import { type HealthCheck, healthCheck } from './service/health-check.formula.ts';
import { hostPortElements } from './service/host-port.formula.ts';
import { serviceElements, type ServiceReading } from './service/service.formula.ts';
import { dpdkProblem } from './vhost-user/dpdk-state.ts';
import { dpdkLabel } from './vhost-user/label.formula.ts';
import { type Tunnel, TUNNEL_CONDITION, tunnelCondition } from './tunnel/tunnel.formula.ts';

/** What the formulas read. */
export interface FeatureInputs {
  readonly config: Config;
  readonly newSystemId: string;
  /** This node's object; undefined while it is not known. */
  readonly node: Cell<Node | undefined>;
  /** All nodes; of others than this one only the addresses. */
  readonly nodes: Table<Node>;
  readonly subnets: Table<NodeSubnet>;
  /** The list of subnets is complete. */
  readonly subnetsSynced: Cell<boolean>;
  readonly pods: Table<Pod>;
  readonly namespaces: Table<Namespace>;
  readonly mirrors: Table<Mirror>;
  /** The lists of Mirrors, pods and namespaces are complete, and so is what was found in the database. */
  readonly mirrorsKnown: Cell<boolean>;
  /** Ports of ours for copies of traffic, by name. */
  readonly mirrorPorts: Cell<ReadonlyMap<string, PortFacts>>;
  /** How many ports each Mirror row of ours selects, by name. */
  readonly mirrorRows: Cell<ReadonlyMap<string, number>>;
  /** What is known of the rules of the bridge for copies. */
  readonly flowState: Cell<FlowState>;
  readonly services: Table<ServiceInput>;
  readonly slices: Table<SliceInput>;
  /** The lists of pods, services and slices are complete. */
  readonly servicesSynced: Cell<boolean>;
  readonly links: Cell<readonly HostLink[]>;
  readonly database: Cell<ChassisFacts>;
  readonly attachments: Table<Attachment>;
  /** What limits attachments over vhost-user. */
  readonly policers: Table<Policers>;
  readonly found: Table<Fragment>;
  /** Gateways of the join subnet that are silent; undefined before the first look. */
  readonly silentGateways: Cell<readonly string[] | undefined>;
  readonly tunnels: Cell<readonly Tunnel[]>;
  readonly providerNetworks: Table<ProviderNetwork>;
  readonly vlans: Table<Vlan>;
  /** The lists of provider networks and vlans are complete. */
  readonly networksSynced: Cell<boolean>;
  /** How they fare, by name. */
  readonly networkStates: Table<NetworkState>;
  /** What limits the node's own interface. */
  readonly nodeBandwidth: Cell<string | undefined>;
}

/** What the sinks write. */
export interface Features {
  /** By owner, for the database. */
  readonly fragments: Table<Fragment>;
  readonly encap: Cell<Encap | undefined>;
  readonly joinHost: Cell<JoinHost | undefined>;
  /** Traffic of other nodes may leave by this one. */
  readonly isGateway: Cell<boolean>;
  readonly natScript: Cell<string | undefined>;
  readonly egressRouting: Cell<EgressRouting | undefined>;
  /** Undefined until all that is wanted is known. */
  readonly networkPlan: Cell<NetworkPlan | undefined>;
  /** Undefined until all of them are known: half of them would refuse what is served. */
  readonly serviceElements: Cell<Elements | undefined>;
  /** What load balancers are told of this node, by Service. */
  readonly healthChecks: Table<HealthCheck>;
  /** By name of the Node. */
  readonly nodePatches: Table<ObjectPatch>;
  /** Copies of traffic. */
  readonly copies: Omit<MirrorFeatures, 'fragments'>;
  /** What is wrong with the node's annotations. */
  readonly nodeProblem: Cell<Problem | undefined>;
}

/** Put the formulas together. */
export function buildFeatures(inputs: FeatureInputs): Features {
  const { config, node, subnets } = inputs;
  const same = { equals: isSamePlainData };
  const join = formula(
    (): JoinReading => (node.value === undefined ? { ok: true, value: undefined } : readJoinInterface(node.value)),
    same,
  );
  const nodeAddresses = formula(() => (node.value === undefined ? [] : internalAddresses(node.value)), same);
  const allNodeAddresses = formula(
    () => [...new Set([...inputs.nodes.entries()].flatMap(([, each]) => internalAddresses(each)))].toSorted((a, b) => (a < b ? -1 : 1)),
    same,
  );
  const encap = formula(
    () =>
      chooseEncap({
        links: inputs.links.value,
        standIns: inputs.database.value.bridgeOfNic,
        encapAddress: config.encapAddress,
        interfaces: [...tunnelInterface(node.value), ...config.interfaces],
        nodeAddresses: nodeAddresses.value,
        tunnelType: config.tunnelType,
        mtuBytes: config.mtuBytes,
      }),
    same,
  );
  const chassis = formula(() => {
    if (node.value === undefined) return undefined;
    return chassisFragment({
      systemId: inputs.database.value.systemId,
      newSystemId: inputs.newSystemId,
      hostname: config.nodeName,
      remote: config.southbound,
      tunnelType: config.tunnelType,
      encapAddresses: encap.value === undefined ? [] : [encap.value.address],
      encapChecksum: config.encapChecksum,
      datapathType: config.datapathType ?? labelledDatapath(node.value),
    });
  }, same);
  const joined = formula(() => {
    const reading = join.value;
    if (!reading.ok || reading.value === undefined || encap.value === undefined) return undefined;
    return { join: reading.value, mtuBytes: encap.value.podMtuBytes };
  }, same);
  const host = formula(() => {
    if (joined.value === undefined || !inputs.subnetsSynced.value) return undefined;
    const present = nodeAddresses.value.filter((address) => inputs.links.value.some((link) => link.addresses.includes(address)));
    return joinHost({ ...joined.value, subnets: subnetList(subnets), clusterRouter: config.clusterRouter, nodeAddresses: present });
  }, same);
  const perNode = sourceTable<() => Fragment | undefined>('node fragments by owner');
  perNode.set(CHASSIS_OWNER, () => chassis.value);
  perNode.set(QOS_OWNER, unmanagedFragment);
  const gatewayMtu = formula(() => {
    if (encap.value === undefined || !inputs.subnetsSynced.value) return undefined;
    return needsGatewayPort(subnetList(subnets), config.clusterRouter) ? encap.value.podMtuBytes : undefined;
  });
  perNode.set(GATEWAY_OWNER, () => (gatewayMtu.value === undefined ? undefined : gatewayPortFragment(gatewayMtu.value)));
  perNode.set(JOIN_OWNER, () => (joined.value === undefined ? undefined : joinFragment(joined.value)));
  const perAttachment = expandTable(
    'attachment fragments',
    inputs.attachments,
    (key, attachment) => [[attachmentOwner(attachment), attachmentFragment(attachment, inputs.policers.get(key))] as const],
    same,
  );
  const copies = mirrorFeatures(inputs);
  const networkPlan = formula(() => planOf(inputs), same);
  const patches = sourceTable<() => ObjectPatch | undefined>('node patches');
  patches.set(config.nodeName, () => nodePatch(inputs, { isJoined: joined.value !== undefined, plan: networkPlan.value }));
  return {
    fragments: mergeTables('fragments', [
      deriveTable('node fragments', perNode, (_, fragment) => fragment(), same),
      perAttachment,
      copies.fragments,
      inputs.found,
    ]),
    encap,
    joinHost: host,
    isGateway: formula(() => gatewayMtu.value !== undefined),
    natScript: formula(() =>
      inputs.subnetsSynced.value
        ? natScript({
            subnets: subnetList(subnets),
            nodeName: config.nodeName,
            clusterRouter: config.clusterRouter,
            nodeAddresses: allNodeAddresses.value,
          })
        : undefined,
    ),
    egressRouting: formula(() => (inputs.subnetsSynced.value ? egressRouting(subnetList(subnets), config.clusterRouter) : undefined), same),
    networkPlan,
    ...nodeServices(inputs),
    copies,
    nodePatches: deriveTable('node patch', patches, (_, patch) => patch(), same),
    nodeProblem: formula(() => (join.value.ok ? undefined : join.value.problem), same),
  };
}

const NOTHING: Elements = new Map();

function nodeServices({
  config,
  node,
  services,
  slices,
  pods,
  servicesSynced,
}: FeatureInputs): Pick<Features, 'serviceElements' | 'healthChecks'> {
  const same = { equals: isSamePlainData };
  const zone = formula(() => node.value?.metadata.labels?.[nodeLabels.zone] ?? '');
  const slicesByService = indexBy('slices by service', slices, ({ service }) => [service]);
  const readings = deriveTable(
    'service readings',
    services,
    (key, service): ServiceReading => ({
      service,
      slices: [...slicesByService.of(key)].toSorted().flatMap((slice) => slices.get(slice) ?? []),
      node: config.nodeName,
      zone: zone.value,
    }),
    same,
  );
  const perService = deriveTable('service elements', readings, (_key, reading) => serviceElements(reading), same);
  const perPod = deriveTable('host port elements', pods, (_, pod) => hostPortElements(readHostPorts(pod)), same);
  const elements = formula(() => {
    if (!config.nodeServices) return NOTHING;
    if (!servicesSynced.value) return undefined;
    const owners = (kind: string, table: typeof perService): readonly (readonly [string, readonly Element[]])[] =>
      [...table.entries()].map(([key, elements]) => [`${kind}/${key}`, elements] as const);
    return unionElements([...owners('service', perService), ...owners('pod', perPod)]);
  });
  const healthChecks = deriveTable(
    'health checks',
    readings,
    (_key, reading) => (config.nodeServices ? healthCheck(reading) : undefined),
    same,
  );
  return { serviceElements: elements, healthChecks };
}

function subnetList(subnets: Table<NodeSubnet>): readonly NodeSubnet[] {
  return [...subnets.entries()].map(([, subnet]) => subnet).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function tunnelInterface(node: Node | undefined): readonly string[] {
  const reading = node === undefined ? undefined : nodeAnnotations.tunnel_interface.read(node);
  return reading?.ok === true && reading.value !== undefined ? [reading.value] : [];
}

function planOf({ node, providerNetworks, vlans, networksSynced }: FeatureInputs): NetworkPlan | undefined {
  if (node.value === undefined || !networksSynced.value) return undefined;
  const { name, labels = {} } = node.value.metadata;
  const all = <T>(table: Table<T>): readonly T[] => [...table.entries()].map(([, object]) => object);
  return planNetworks({ networks: all(providerNetworks), vlans: all(vlans), node: { name, labels } });
}

interface NodeSituation {
  readonly isJoined: boolean;
  readonly plan: NetworkPlan | undefined;
}

function nodePatch(inputs: FeatureInputs, { isJoined, plan }: NodeSituation): ObjectPatch | undefined {
  const { database, newSystemId, node, silentGateways, tunnels, networkStates, nodeBandwidth } = inputs;
  if (node.value === undefined) return undefined;
  const isTold = node.value.status?.conditions?.some(({ type }) => type === TUNNEL_CONDITION) === true;
  const conditions = [networkCondition({ isJoined, silentGateways: silentGateways.value }), tunnelCondition(tunnels.value, isTold)].filter(
    (condition) => condition !== undefined,
  );
  const told = plan === undefined ? undefined : networkLabels(plan, new Map(networkStates.entries()), node.value);
  return {
    annotations: {
      ...nodeAnnotations.chassis.entry(chassisName({ systemId: database.value.systemId, newSystemId })),
      ...told?.annotations,
      ...Object.fromEntries(
        bandwidthEntry(nodeAnnotations.bandwidth, { text: nodeBandwidth.value, annotations: node.value.metadata.annotations }),
      ),
    },
    labels: { ...told?.labels, ...dpdkLabel(dpdkProblem(database.value.dpdk) === undefined, node.value.metadata.labels) },
    ...(conditions.length === 0 ? {} : { status: { conditions } }),
  };
}
