import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { CniVerb } from '@kube-ovn/api';
import type { NetworkState } from './features/provider-network/labels.formula.ts';
import { dpdkProblem, type DpdkState } from './features/vhost-user/dpdk-state.ts';
import type { Tunnel } from './features/tunnel/tunnel.formula.ts';
import type { AddPhase } from './features/attachment/service.ts';

/** Figures that are read when somebody asks. */
export interface Readings {
  readonly attachments: () => number;
  readonly pendingOwners: () => number;
  readonly oldestPendingSeconds: () => number;
  readonly ovsOperations: () => number;
  readonly flowCacheRefreshes: () => number;
  readonly ready: () => boolean;
  /** Whether the copy of the node's database is up to date. */
  readonly isDatabaseLive: () => boolean;
  /** Whether ovs-vswitchd answers. */
  readonly doesVswitchdAnswer: () => Promise<boolean>;
  readonly tunnels: () => readonly Tunnel[];
  readonly dpdk: () => DpdkState;
  /** By name of the provider network. */
  readonly networks: () => ReadonlyMap<string, NetworkState>;
}

/** The daemon's metrics. */
export interface Metrics {
  readonly registry: Registry;
  called(verb: CniVerb, call: { readonly code: string; readonly seconds: number }): void;
  phase(phase: AddPhase, seconds: number): void;
}

/** From a millisecond to the longest wait that ADD allows itself. */
const BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60];

/** Make the metrics of a node; every one bears the node's name, as Kube-OVN's do. */
export function createMetrics(nodeName: string, readings: Readings): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ node_name: nodeName });
  collectDefaultMetrics({ register: registry });
  const calls = new Histogram({
    name: 'cni_op_latency_seconds',
    help: 'Duration of CNI calls; code is 0, or the error code of the CNI specification',
    labelNames: ['method', 'code'],
    buckets: BUCKETS,
    registers: [registry],
  });
  const phases = new Histogram({
    name: 'cni_add_phase_seconds',
    help: 'Duration of the phases of CNI ADD: address (wait for the controller), link, port (wait for ovn-controller), addresses, gateway',
    labelNames: ['phase'],
    buckets: BUCKETS,
    registers: [registry],
  });
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  new Counter({
    name: 'ovs_operations_total',
    help: 'Operations sent to the Open_vSwitch database since the start',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(readings.ovsOperations());
    },
  });
  new Counter({
    name: 'kube_ovn_flow_cache_refreshes_total',
    help: 'How often all cached flows of the userspace datapath were made anew, because Open vSwitch may go by stale ones',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(readings.flowCacheRefreshes());
    },
  });
  new Gauge({
    name: 'ovs_status',
    help: '1 while a program of Open vSwitch answers: ovsdb-server, ovs-vswitchd',
    labelNames: ['component'],
    registers: [registry],
    async collect() {
      this.set({ component: 'ovsdb-server' }, Number(readings.isDatabaseLive()));
      this.set({ component: 'ovs-vswitchd' }, Number(await readings.doesVswitchdAnswer()));
    },
  });
  new Gauge({
    name: 'kube_ovn_tunnel_up',
    help: 'Whether the other end of a tunnel answers; only of tunnels that OVN watches (BFD)',
    labelNames: ['remote_ip'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { remote, isUp } of readings.tunnels()) if (isUp !== undefined) this.set({ remote_ip: remote }, Number(isUp));
    },
  });
  new Gauge({
    name: 'kube_ovn_provider_network_ready',
    help: 'Whether the bridge of a provider network, and the network of the node on it, are as wanted',
    labelNames: ['provider_network', 'interface'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [name, { nic, reason }] of readings.networks())
        this.set({ provider_network: name, interface: nic }, Number(reason === undefined));
    },
  });
  new Gauge({
    name: 'kube_ovn_dpdk_ready',
    help: 'Whether pods of this node can have interfaces over vhost-user: Open vSwitch has initialized DPDK, br-int is on its datapath',
    labelNames: ['version'],
    registers: [registry],
    collect() {
      this.reset();
      const state = readings.dpdk();
      this.set({ version: state.version ?? '' }, Number(dpdkProblem(state) === undefined));
    },
  });
  gauge('kube_ovn_attachments', 'Interfaces of containers on this node', readings.attachments);
  gauge('ovs_pending_fragments', 'Owners whose rows are not written to the Open_vSwitch database yet', readings.pendingOwners);
  gauge('ovs_oldest_pending_seconds', 'Age of the oldest of them', readings.oldestPendingSeconds);
  gauge('kube_ovn_ready', '1 while /readyz says yes', () => Number(readings.ready()));
  return {
    registry,
    called: (verb, { code, seconds }) => calls.observe({ method: verb, code }, seconds),
    phase: (phase, seconds) => phases.observe({ phase }, seconds),
  };
}
