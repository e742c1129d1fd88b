/** What operators can measure. Values are read from the running parts when they are scraped. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { CertificateLife } from './database-tls/lives.ts';
import type { PolicyRows } from './policy-metrics.ts';

/** Where the numbers come from, read at each scrape. */
export interface MetricSources {
  readonly isLeader: () => boolean;
  readonly ovnOperations: () => number;
  readonly ovnOperationsOnResync: () => number;
  readonly ovnTransactions: () => number;
  readonly ovnRefused: () => number;
  readonly kubeWrites: () => number;
  readonly oldestPendingMs: () => number;
  readonly isBrakeEngaged: () => boolean;
  /** Those that were named. */
  readonly databases: () => readonly { readonly name: string; readonly isLive: boolean }[];
  /** Of the connections to them, and of the authority that signed it; none without TLS. */
  readonly certificates: () => readonly CertificateLife[];
  readonly leases: () => number;
  readonly refusals: () => number;
  readonly policyRows: () => Iterable<PolicyRows>;
  readonly policyCompiles: () => number;
  readonly policyCompileSeconds: () => number;
  /** Centralized Subnets, and the nodes by which their traffic leaves. */
  readonly gateways: () => Iterable<{ readonly subnet: string; readonly node: string }>;
  readonly subnets: () => Iterable<{
    readonly subnet: string;
    readonly family: 'IPv4' | 'IPv6';
    readonly available: number;
    readonly using: number;
  }>;
}

export interface Metrics {
  readonly registry: Registry;
  /** Time from when a pod was first seen to need an address until its annotations were written, in seconds. */
  readonly podAllocated: Histogram;
  /** Time from the watch event of a policy until OVN Northbound has confirmed all that was wanted then, in seconds. */
  readonly policyEnforced: Histogram;
}

/** Names follow Kube-OVN's where it has them. */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
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
  const counter = (name: string, help: string, read: () => number): void => {
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  };
  gauge('kube_ovn_controller_leader', '1 while this replica holds the lease', () => Number(sources.isLeader()));
  counter('ovn_operations_total', 'operations sent to OVN Northbound', sources.ovnOperations);
  counter(
    'ovn_operations_on_resync_total',
    'operations sent to OVN Northbound because of a start or a reconnect; 0 when nothing had changed meanwhile',
    sources.ovnOperationsOnResync,
  );
  counter('ovn_transactions_total', 'transactions sent to OVN Northbound', sources.ovnTransactions);
  counter('ovn_transactions_refused_total', 'transactions that OVN Northbound refused', sources.ovnRefused);
  counter('kube_writes_total', 'mutating requests sent to the Kubernetes API, leader election included', sources.kubeWrites);
  gauge('queue_age_seconds', 'age of the oldest change that is not written yet', () => sources.oldestPendingMs() / 1000);
  gauge('ovn_safety_brake_engaged', '1 while nothing is deleted from OVN because too much would be', () =>
    Number(sources.isBrakeEngaged()),
  );
  new Gauge({
    name: 'kube_ovn_db_status',
    help: '1 while the copy of a database of OVN that this replica follows is up to date',
    labelNames: ['db_name'],
    registers: [registry],
    collect() {
      for (const { name, isLive } of sources.databases()) this.set({ db_name: name }, Number(isLive));
    },
  });
  certificateGauges(registry, sources);
  gauge('ipam_leases', 'leases held', sources.leases);
  gauge('ipam_refusals', 'pods and nodes that wait for an address', sources.refusals);
  subnetGauges(registry, sources);
  policyGauges(registry, sources);
  counter('policy_compiles_total', 'times that changes were compiled to rules', sources.policyCompiles);
  counter('policy_compile_seconds_total', 'time that it took to compile changes to rules', sources.policyCompileSeconds);
  const policyEnforced = new Histogram({
    name: 'policy_enforced_seconds',
    help: 'time from the event of a changed policy until OVN Northbound has confirmed its rules',
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
    registers: [registry],
  });
  const podAllocated = new Histogram({
    name: 'pod_allocated_seconds',
    help: 'time from a pod needing an address to its annotations being written',
    buckets: [0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30],
    registers: [registry],
  });
  return { registry, podAllocated, policyEnforced };
}

function certificateGauges(registry: Registry, sources: MetricSources): void {
  const certificateGauge = (name: string, help: string, read: (life: CertificateLife) => number): void => {
    new Gauge({
      name,
      help,
      labelNames: ['file'] as const,
      registers: [registry],
      collect() {
        this.reset();
        for (const life of sources.certificates()) this.set({ file: life.file }, read(life));
      },
    });
  };
  certificateGauge(
    'kube_ovn_tls_certificate_remaining_seconds',
    'until the certificate for the databases of OVN ends (file cert), and that of the authority that signed it (file cacert)',
    ({ remainingMs }) => remainingMs / 1000,
  );
  certificateGauge('kube_ovn_tls_certificate_life_seconds', 'life of these two, from beginning to end', ({ lifeMs }) => lifeMs / 1000);
}

/** A kind and table that had rows stays, at 0. */
function policyGauges(registry: Registry, { policyRows }: MetricSources): void {
  new Gauge({
    name: 'policy_rows',
    help: 'rows of OVN Northbound that policies want, by their kind; shared: those that several of them want',
    labelNames: ['kind', 'table'] as const,
    registers: [registry],
    collect() {
      for (const { kind, table, rows } of policyRows()) this.set({ kind, table }, rows);
    },
  });
}

/** @source Kube-OVN metrics subnet_available_ip_count, subnet_used_ip_count */
function subnetGauges(registry: Registry, sources: MetricSources): void {
  const labelNames = ['subnet_name', 'protocol'] as const;
  const subnetGauge = (name: string, help: string, field: 'available' | 'using'): void => {
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset();
        for (const each of sources.subnets()) this.set({ subnet_name: each.subnet, protocol: each.family }, each[field]);
      },
    });
  };
  new Gauge({
    name: 'centralized_subnet_info',
    help: '1 for each node by which traffic of a centralized Subnet leaves the cluster now',
    labelNames: ['subnet_name', 'node'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { subnet, node } of sources.gateways()) this.set({ subnet_name: subnet, node }, 1);
    },
  });
  subnetGauge('subnet_available_ip_count', 'free addresses of a Subnet', 'available');
  subnetGauge('subnet_used_ip_count', 'addresses of a Subnet in use', 'using');
}
