/**
 * The only place where things are made. Top to bottom: sources, formulas, sinks, servers.
 */
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { forgetConnections, replaceFlows, rtnl } from '@kube-ovn/host';
import {
  isConditionTrue,
  readService,
  readSlice,
  readSwitchLbRule,
  resources,
  type Service,
  type ServiceInput,
  type SwitchLBRule,
  acceptedVlanTag,
  vlanTag,
} from '@kube-ovn/api';
import {
  deriveTable,
  expandTable,
  formula,
  isSamePlainData,
  mergeTables,
  observe,
  repeat,
  sleep,
  sourceCell,
  sourceTable,
  watchCell,
} from '@kube-ovn/dataflow';
import { eventRecorder, informer, kubeClient, patchSink, systemScheduler, type Informer } from '@kube-ovn/kube';
import { statSync } from 'node:fs';
import { listenTelemetry } from '@kube-ovn/telemetry';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { movedAttachment } from './features/attachment/gateway-move.ts';
import { attachmentService } from './features/attachment/service.ts';
import { findOrphans } from './features/attachment/orphans.ts';
import { bandwidthReports } from './features/bandwidth/reports.ts';
import { keepLimits } from './features/bandwidth/sink.ts';
import { flowCache } from './features/flow-cache/refresh.ts';
import { buildFeatures } from './features/index.ts';
import { applyEgressRouting } from './features/egress-route/apply.ts';
import { applyGatewayPort } from './features/gateway-port/apply.ts';
import { applyJoin, silentGateways } from './features/join/apply.ts';
import { applyMirrorLinks } from './features/mirror/apply.ts';
import type { FlowState } from './features/mirror/features.ts';
import { keepFlows } from './features/mirror/keep-flows.ts';
import { tellReading } from './features/mirror/tell.ts';
import { natTable } from './features/nat/apply.ts';
import { nicGuard } from './features/provider-network/guard.ts';
import { networkKeeper, withoutCarrier } from './features/provider-network/keep.ts';
import type { NetworkState } from './features/provider-network/labels.formula.ts';
import { listenAs } from './features/provider-network/settings.ts';
import { serviceTable } from './features/service/apply.ts';
import { staleConnections, switchTuples } from './features/service/stale.ts';
import { dpdkNotices } from './features/vhost-user/notices.ts';
import { sweepVolumes } from './features/vhost-user/volumes.ts';
import { withdrawZeroSnat } from './features/zero-snat/withdraw.ts';
import { trimNamespace, trimOtherNode, trimPod, trimService, trimSlice } from './inputs/trim.ts';
import { readSubnet } from './inputs/subnet.ts';
import { createMetrics } from './metrics.ts';
import { overdue, readiness } from './readiness.ts';
import { listenCni } from './server/cni-server.ts';
import { healthCheckServers } from './server/health-check-server.ts';
import { cniHandlers } from './server/handlers.ts';
import { readHostLinks } from './sources/host-links.ts';
import { isDeleted } from './sources/deleted-networks.ts';
import { providerBridges } from './sources/provider-bridges.ts';
import { openNodeDatabase } from './sources/vswitch.ts';
import { answers, controlSocket, vswitchdControl } from './sources/vswitchd-control.ts';
import { connectionsForgotten, denyZeroSnat } from './sources/zero-snat.ts';

/** A running daemon. */
export interface Daemon extends AsyncDisposable {
  /** Port of /metrics, /livez and /readyz. */
  readonly metricsPort: number;
  /** Reasons why the node cannot give pods an interface now. */
  readonly unready: () => readonly string[];
}

const LOOK_AT_HOST_MS = 3_000;
/** A gateway whose interface is dead is left by others as soon as this one says so. */
const LOOK_AT_CARRIER_MS = 200;
const LOOK_AT_GATEWAY_MS = 5_000;
/** An ovs-vswitchd that was started anew has no rules. */
const LOOK_AT_MIRROR_FLOWS_MS = 3_000;
const LOOK_AT_NAT_MS = 30_000;
/** Nothing is forgotten before the table of services leads elsewhere; what is due later is looked at this often at most. */
const LOOK_AT_STALE_MS = 1_000;
const LOOK_FOR_ORPHANS_MS = 10_000;
const LOOK_AT_FLOW_CACHE_MS = 200;
const LOOK_AT_ZERO_SNAT_MS = 10_000;
/** For pods whose routes could not be changed at once. */
const LOOK_AT_MOVES_MS = 10_000;

/** Start the node daemon. Resolves when it listens; `unready` tells when it can serve. */
export async function startDaemon(config: Config, log: Logger): Promise<Daemon> {
  await using stack = new AsyncDisposableStack();
  const scheduler = systemScheduler();
  const failed = (what: string): ((error: unknown) => void) => {
    let last = '';
    return (error) => {
      // a lasting failure is told once, not every few seconds
      if (String(error) !== last) log.warn({ err: error }, `${what} failed, will be tried again`);
      last = String(error);
    };
  };

  // sources: the API server
  const client = kubeClient(config.kubeconfig === undefined ? {} : { kubeconfig: config.kubeconfig });
  stack.defer(() => client.close());
  const nodes = stack.use(
    informer(client, resources.node, { trim: (object) => (object.metadata.name === config.nodeName ? object : trimOtherNode(object)) }),
  );
  const pods = stack.use(informer(client, resources.pod, { fieldSelector: `spec.nodeName=${config.nodeName}`, trim: trimPod }));
  const subnetObjects = stack.use(informer(client, resources.subnet));
  const subnets = stack.use(
    deriveTable('subnets', subnetObjects.table, (_, subnet) => readSubnet(subnet, config.clusterRouter), { equals: isSamePlainData }),
  );
  const serviceObjects = stack.use(informer(client, resources.service, { trim: trimService }));
  const sliceObjects = stack.use(informer(client, resources.endpointSlice, { trim: trimSlice }));
  const byContent = { equals: isSamePlainData };
  const ruleObjects = stack.use(informer(client, resources.switchLbRule, { missing: 'empty' }));
  const namespaces = stack.use(informer(client, resources.namespace, { trim: trimNamespace }));
  const mirrorObjects = stack.use(informer(client, resources.mirror, { missing: 'empty' }));
  const policyObjects = stack.use(informer(client, resources.qosPolicy, { missing: 'empty' }));
  const services = stack.use(
    mergeTables('services and rules', [
      stack.use(deriveTable('services', serviceObjects.table, (_, service) => servicesHere(service, config.clusterRouter), byContent)),
      stack.use(expandTable('services of rules', ruleObjects.table, (_, rule) => servicesOfRule(rule), byContent)),
    ]),
  );
  const slices = stack.use(deriveTable('slices', sliceObjects.table, (_, slice) => readSlice(slice), byContent));
  // an API server without these kinds may be one that starts: what the node has of them stays
  const networkObjects = stack.use(informer(client, resources.providerNetwork));
  const vlanObjects = stack.use(informer(client, resources.vlan));
  const node = formula(() => nodes.table.get(config.nodeName));
  const apiProblem = formula(() => staleness([nodes, pods, subnetObjects]));

  // sources: the node
  const ovsControl = (): Promise<string> => controlSocket(config.vswitchdControl, config.ovsSocket);
  const database = stack.use(openNodeDatabase(config.ovsSocket, config.mirrorInterface));
  const links = sourceCell(await readHostLinks(), { equals: isSamePlainData });
  stack.use(repeat(scheduler, LOOK_AT_HOST_MS, { work: async () => links.set(await readHostLinks()), failed: failed('reading links') }));
  const silent = sourceCell<readonly string[] | undefined>(undefined, { equals: isSamePlainData });
  const networkStates = sourceTable<NetworkState>('provider networks', { equals: isSamePlainData });

  const flowState = sourceCell<FlowState>({ written: undefined, problem: undefined }, { equals: isSamePlainData });
  const control = vswitchdControl(ovsControl);
  const events = eventRecorder(client, 'kube-ovn-daemon', { host: config.nodeName, scheduler });

  // what limits interfaces, which tells of itself
  const reports = bandwidthReports({
    events,
    pods: pods.table,
    nodeAnnotations: () => node.peek()?.metadata.annotations,
  });

  // formulas
  const features = buildFeatures({
    config,
    newSystemId: randomUUID(),
    node,
    nodes: nodes.table,
    subnets,
    subnetsSynced: subnetObjects.synced,
    pods: pods.table,
    namespaces: namespaces.table,
    mirrors: mirrorObjects.table,
    mirrorsKnown: formula(() => database.isLoaded.value && [pods, namespaces, mirrorObjects].every(({ synced }) => synced.value)),
    mirrorPorts: database.mirrorPorts,
    mirrorRows: database.mirrorRows,
    flowState,
    services,
    slices,
    servicesSynced: formula(() => [pods, serviceObjects, sliceObjects, ruleObjects].every(({ synced }) => synced.value)),
    links,
    database: database.facts,
    attachments: database.attachments,
    policers: database.policers,
    found: database.found,
    silentGateways: silent,
    tunnels: database.tunnels,
    providerNetworks: networkObjects.table,
    vlans: vlanObjects.table,
    networksSynced: formula(() => networkObjects.synced.value && vlanObjects.synced.value),
    networkStates,
    nodeBandwidth: reports.nodeText,
  });
  const watches = { Node: nodes, Pods: pods, Subnets: subnetObjects, Services: serviceObjects, EndpointSlices: sliceObjects };
  const reasons = readiness({ features, database, silentGateways: silent, nodes, watches, nodeName: config.nodeName });

  const unready = (): readonly string[] => [...reasons.peek(), ...overdue(database)];
  stack.use(watchCell(reasons, (now) => (now.length === 0 ? log.info('ready') : log.info({ reasons: now }, 'not ready'))));

  // sinks: the limits of interfaces
  const limits = stack.use(
    keepLimits({
      client,
      pods,
      namespaces,
      subnets: subnetObjects,
      policies: policyObjects,
      node,
      attachments: database.attachments,
      links,
      reports,
      policed: {
        policers: database.policers,
        applied: async () => {
          await database.synchronizer.settled();
          await database.ports.applied();
        },
        showQos: (link) => control('qos/show', link),
      },
      scheduler,
      failed: failed('limiting an interface'),
    }),
  );

  // sinks: the node's database
  const { synchronizer } = database;
  stack.defer(
    synchronizer.onReport(
      (owner, problem) => problem !== undefined && log.warn({ owner, code: problem.code }, `rows not written: ${problem.message}`),
    ),
  );
  stack.use(observe(features.fragments, (owner, fragment) => synchronizer.want(owner, fragment)));
  const loaded = database.loaded().then(() => limits.loaded());
  loaded.then(
    () => synchronizer.setReady(true),
    (error: unknown) => log.error({ err: error }, 'reading the Open_vSwitch database failed'),
  );

  // sinks: physical networks
  const guard = nicGuard();
  const bridges = providerBridges(database.client, config.nodeName);
  const keep = networkKeeper({
    states: networkStates,
    bridges,
    open: () => rtnl(),
    guard: () => (database.facts.peek().isUserspaceDatapath ? guard : undefined),
    prepare: (network) => listenAs(network),
    isDeleted: (network) => isDeleted(client, network),
    now: () => scheduler.now(),
  });
  const networks = stack.use(
    repeat(scheduler, LOOK_AT_HOST_MS, {
      work: async () => {
        const plan = features.networkPlan.peek();
        // what is in the database tells what there is to give back
        return plan === undefined || !database.isLive.peek() || (await keep(plan));
      },
      failed: failed('keeping the bridges of physical networks'),
    }),
  );
  stack.use(watchCell(features.networkPlan, () => networks.poke()));
  const cut = sourceCell('');
  stack.use(
    repeat(scheduler, LOOK_AT_CARRIER_MS, {
      work: async () => cut.set(await withoutCarrier(() => rtnl(), bridges.present())),
      failed: failed('reading carriers'),
    }),
  );
  stack.use(watchCell(cut, () => networks.poke()));
  stack.use(
    observe(networkStates, (network, state) => {
      if (state === undefined) log.info({ network }, 'physical network given back');
      else if (state.reason === undefined) log.info({ network, interface: state.nic }, 'physical network is ready');
      else log.warn({ network, interface: state.nic }, `physical network is not ready: ${state.reason}`);
    }),
  );

  // sinks: the node's own interface, routes, NAT, copies of traffic
  const host = stack.use(
    repeat(scheduler, LOOK_AT_HOST_MS, {
      work: async () => {
        const wanted = features.joinHost.peek();
        return wanted === undefined || (await applyJoin(wanted));
      },
      failed: failed('configuring ovn0'),
    }),
  );
  stack.use(watchCell(features.joinHost, () => host.poke()));
  const gatewayPort = stack.use(
    repeat(scheduler, LOOK_AT_HOST_MS, {
      work: async () => !features.isGateway.peek() || (await applyGatewayPort()),
      failed: failed('configuring ovn-gw0'),
    }),
  );
  stack.use(watchCell(features.isGateway, () => gatewayPort.poke()));
  const { copies } = features;
  const mirrorLinks = stack.use(
    repeat(scheduler, LOOK_AT_HOST_MS, {
      work: () => applyMirrorLinks(copies.links.peek()),
      failed: failed('configuring the interfaces that get copies of traffic'),
    }),
  );
  stack.use(watchCell(copies.links, () => mirrorLinks.poke()));
  const keptFlows = { wanted: () => copies.flows.peek(), state: flowState, controlSocket: ovsControl, replace: replaceFlows };
  const mirrorFlows = stack.use(
    repeat(scheduler, LOOK_AT_MIRROR_FLOWS_MS, { work: () => keepFlows(keptFlows), failed: failed('writing the rules of br-mirror') }),
  );
  stack.use(watchCell(copies.flows, () => mirrorFlows.poke()));
  stack.use(observe(copies.readings, (key, reading) => tellReading(events, database.attachments.peek(key), reading)));
  stack.use(
    patchSink({
      client,
      resource: resources.mirror,
      wanted: copies.patches,
      observed: mirrorObjects.table,
      written: (object) => mirrorObjects.upsert(object),
      scheduler,
      ready: mirrorObjects.synced,
    }),
  );
  const gateways = stack.use(
    repeat(scheduler, LOOK_AT_GATEWAY_MS, {
      work: async () => {
        const wanted = features.joinHost.peek();
        const found = wanted === undefined ? undefined : await silentGateways(wanted, (ms) => sleep(scheduler, ms));
        silent.set(found);
        return found === undefined || found.length === 0;
      },
      failed: failed('asking the gateway of the join subnet'),
    }),
  );
  stack.use(watchCell(features.joinHost, () => gateways.poke()));
  const table = natTable();
  const nat = stack.use(
    repeat(scheduler, LOOK_AT_NAT_MS, {
      work: async () => {
        const script = features.natScript.peek();
        if (script !== undefined && (await table.apply(script))) log.info('NAT rules written');
      },
      failed: failed('writing NAT rules'),
    }),
  );
  stack.use(watchCell(features.natScript, () => nat.poke()));
  const egress = stack.use(
    repeat(scheduler, LOOK_AT_NAT_MS, {
      work: async () => {
        const wanted = features.egressRouting.peek();
        if (wanted !== undefined && (await applyEgressRouting(wanted))) log.info('routes to routers outside written');
      },
      failed: failed('writing routes to routers outside (externalEgressGateway)'),
    }),
  );
  stack.use(watchCell(features.egressRouting, () => egress.poke()));
  const stale = staleConnections({
    forget: (gone) => forgetConnections(gone),
    forgetInSwitch: async (gone) => void (await control('dpctl/flush-conntrack', ...switchTuples(gone))),
    now: () => scheduler.now(),
  });
  const forgetting = repeat(scheduler, LOOK_AT_STALE_MS, { work: () => stale.flush(), failed: failed('forgetting connections') });
  stack.use(forgetting);
  if (config.nodeServices) stack.use(observe(slices, (key, slice) => stale.changed(key, slice, (service) => services.has(service))));
  const ofServices = serviceTable();
  const answering = stack.use(
    repeat(scheduler, LOOK_AT_NAT_MS, {
      work: async () => {
        const elements = features.serviceElements.peek();
        if (elements === undefined) return;
        if ((await ofServices.apply(elements)) === 'replaced') log.info('table of services written');
        // not before the table leads elsewhere
        forgetting.poke();
      },
      failed: failed('writing the table of services'),
    }),
  );
  stack.use(watchCell(features.serviceElements, () => answering.poke()));

  // sinks: what ovs-vswitchd has cached
  const cache = flowCache({
    control,
    mode: config.flowRefresh,
    isUserspaceDatapath: () => database.facts.peek().isUserspaceDatapath,
    now: () => scheduler.now(),
  });
  stack.use(repeat(scheduler, LOOK_AT_FLOW_CACHE_MS, { work: () => cache.refresh(), failed: failed('refreshing cached flows') }));
  const zeroSnat = stack.use(
    repeat(scheduler, LOOK_AT_ZERO_SNAT_MS, {
      work: async () => {
        const isForgotten = await withdrawZeroSnat({
          mode: config.withdrawZeroSnat,
          state: () => database.zeroSnat.peek(),
          withdraw: () => denyZeroSnat(database.client),
          forgotten: () => connectionsForgotten(database.client),
          control,
          sleep: (ms) => sleep(scheduler, ms),
        });
        if (isForgotten)
          log.warn('ovn-controller was kept from NAT of nothing, over which this Open vSwitch ends; connections were forgotten');
      },
      failed: failed('withdrawing ct_zero_snat'),
    }),
  );
  stack.use(watchCell(database.zeroSnat, () => zeroSnat.poke()));

  // sinks: the Node object
  const dpdkSituation = formula(
    () => ({
      dpdk: database.facts.value.dpdk,
      node: node.value && {
        name: node.value.metadata.name,
        ...(node.value.metadata.uid === undefined ? {} : { uid: node.value.metadata.uid }),
      },
    }),
    byContent,
  );
  stack.use(watchCell(dpdkSituation, dpdkNotices(events)));
  stack.use(
    patchSink({
      client,
      resource: resources.node,
      wanted: features.nodePatches,
      observed: nodes.table,
      written: (object) => nodes.upsert(object),
      scheduler,
      ready: nodes.synced,
      updateTimeField: 'lastHeartbeatTime',
    }),
  );

  // servers
  const healthChecks = stack.use(
    healthCheckServers((service, error) => log.warn({ service, err: error }, 'the health of a service can not be asked on its port')),
  );
  stack.use(observe(features.healthChecks, (service, check) => healthChecks.set(service, check)));
  const metrics = createMetrics(config.nodeName, {
    attachments: () => database.attachments.keys().size,
    pendingOwners: () => synchronizer.stats.pendingOwners,
    oldestPendingSeconds: () => synchronizer.stats.oldestPendingMs / 1000,
    ovsOperations: () => synchronizer.stats.operations,
    flowCacheRefreshes: () => cache.refreshes,
    ready: () => unready().length === 0,
    isDatabaseLive: () => database.isLive.peek(),
    doesVswitchdAnswer: () => answers(control('version'), (ms) => sleep(scheduler, ms)),
    tunnels: () => database.tunnels.peek(),
    networks: () => new Map(networkStates.entries()),
    dpdk: () => database.facts.peek().dpdk,
  });
  const service = attachmentService({
    attachments: database.attachments,
    sources: { pods: pods.table, subnets, apiProblem },
    ports: database.ports,
    facts: () => {
      const encap = features.encap.peek();
      const { isUserspaceDatapath, hasIntegrationBridge, dpdk } = database.facts.peek();
      if (!database.isLive.peek()) return { reason: 'the Open_vSwitch database is not connected' };
      if (!hasIntegrationBridge) return { reason: 'there is no bridge br-int; ovn-controller makes it once it runs' };
      if (encap === undefined)
        return {
          reason: 'no address for tunnels is known: the Node has no InternalIP on a link here, and neither --encap-ip nor --iface is given',
        };
      const assumed = links.peek().find(({ name }) => name === encap.link)?.mtuBytes ?? encap.podMtuBytes;
      const underlayMtuBytes = (vlan: string): number => {
        const object = vlanObjects.table.peek(vlan);
        return (object && networkStates.peek((acceptedVlanTag(object) ?? vlanTag(object)).network)?.mtuBytes) || assumed;
      };
      const places = { kubeletDirectory: config.kubeletDirectory, socketDirectory: config.vhostSocketDirectory };
      return { facts: { overlayMtuBytes: encap.podMtuBytes, underlayMtuBytes, isUserspaceDatapath, dpdk, ...places } };
    },
    scheduler,
    measured: (phase, seconds) => metrics.phase(phase, seconds),
    limited: (key) => limits.settled(key),
  });
  stack.use(
    repeat(scheduler, LOOK_FOR_ORPHANS_MS, {
      work: async () => {
        using here = rtnl();
        const orphans = await findOrphans(database.attachments, {
          isLinkGone: async (link) => (await here.link(link)) === undefined,
          isNetnsGone: (path) => !exists(path),
        });
        for (const link of database.foundLinks()) if ((await here.link(link)) === undefined) database.ports.releaseFound(link);
        for (const orphan of orphans) {
          log.info(
            { pod: `${orphan.namespace}/${orphan.pod}`, container: orphan.containerId, link: orphan.hostLink },
            'removing the interface of a pod that is gone',
          );
          await service.remove(orphan);
        }
        await loaded;
        const kept = [...database.attachments.entries()].flatMap(([, { vhostUser }]) => vhostUser?.directory ?? []);
        for (const volume of sweepVolumes(config.vhostSocketDirectory, new Set(kept)))
          log.info({ volume }, 'released the volume of a pod that is gone');
      },
      failed: failed('removing interfaces of pods that are gone'),
    }),
  );
  const moves = stack.use(
    deriveTable('attachments with another gateway', database.attachments, (_, attachment) => movedAttachment(attachment, pods.table), {
      equals: isSamePlainData,
    }),
  );
  const followers = stack.use(
    repeat(scheduler, LOOK_AT_MOVES_MS, {
      work: async () => {
        const follow = async (key: string): Promise<void> => {
          const moved = await service.followGateway(key);
          if (moved === undefined) return;
          const gateways = moved.answer.ips.map(({ gateway }) => gateway);
          log.info({ pod: `${moved.namespace}/${moved.pod}`, interface: moved.ifName, gateways }, 'gave a running pod another gateway');
        };
        await Promise.all([...moves.keys()].map((key) => follow(key)));
      },
      failed: failed('giving running pods another gateway'),
    }),
  );
  stack.use(observe(moves, () => followers.poke()));
  const health = await listenTelemetry({
    address: config.metricsAddress,
    port: config.metricsPort,
    unready,
    registry: metrics.registry,
  });
  stack.defer(() => void health.close());
  const cni = await listenCni({
    path: config.bindSocket,
    handlers: cniHandlers(service, { loaded, unready, scheduler }),
    now: () => scheduler.now(),
    served: ({ verb, request, failure, seconds }) => {
      metrics.called(verb, { code: String(failure?.code ?? 0), seconds });
      const line = {
        verb,
        pod: `${request?.pod_namespace}/${request?.pod_name}`,
        container: request?.container_id,
        interface: request?.if_name,
        ms: Math.round(seconds * 1000),
      };
      if (failure === undefined) log.info(line, 'CNI call served');
      else log.warn({ ...line, ...failure }, 'CNI call failed');
    },
  });
  stack.defer(() => void cni.close());
  const running = stack.move();
  return {
    metricsPort: (health.address() as AddressInfo).port,
    unready,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** A service in a Vpc of a user is left to OVN: no node reaches its pods. */
function servicesHere(service: Service, clusterRouter: string): ServiceInput | undefined {
  const read = readService(service);
  return (read?.vpc ?? clusterRouter) === clusterRouter ? read : undefined;
}

/** The service that a SwitchLBRule is, once the controller has nothing against it. */
function servicesOfRule(rule: SwitchLBRule): readonly (readonly [string, ServiceInput])[] {
  const reading = readSwitchLbRule(rule);
  const isInForce = isConditionTrue(rule.status?.conditions, 'Ready');
  return reading.ok && isInForce ? [[reading.value.service.key, reading.value.service]] : [];
}

/** Why what we know of the cluster may be old; undefined while every watch is open. */
function staleness(informers: readonly Pick<Informer<unknown>, 'state' | 'problem'>[]): string | undefined {
  for (const { state, problem } of informers) if (state.value !== 'live') return problem.value?.message ?? `watch is ${state.value}`;
  return undefined;
}

function exists(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ENOENT');
  }
}
