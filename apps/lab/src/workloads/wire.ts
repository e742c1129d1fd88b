/** The workload controllers and the scheduler, put together. */
import { watchCell, type Scheduler, type Sink } from '@kube-ovn/dataflow';
import { eventRecorder, systemScheduler, type KubeClient } from '@kube-ovn/kube';
import { watchCluster, type Cluster } from './cluster.ts';
import { startControllers } from './controllers/index.ts';
import { defaultGraceMs } from './controllers/nodes/health.ts';
import { startScheduler } from './scheduling/scheduler.ts';
import { Executor } from './shared/executor.ts';
import { Alarms } from './shared/time.ts';

/** Ports and settings. */
export interface WorkloadsOptions {
  readonly client: KubeClient;
  readonly report: (line: string) => void;
  readonly scheduler?: Scheduler;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** How long a node may be silent, in milliseconds; default 40,000. */
  readonly nodeGraceMs?: number;
}

/** All that runs. */
export interface Workloads extends Disposable {
  readonly cluster: Cluster;
  readonly sinks: readonly Sink[];
  /** Resolves when all collections are known. */
  synced(): Promise<void>;
}

/** Start watching, planning and writing. */
export function startWorkloads(options: WorkloadsOptions): Workloads {
  const { client, report, scheduler = systemScheduler(), now = Date.now } = options;
  const cluster = watchCluster(client);
  const controllerEvents = eventRecorder(client, 'workload-controllers');
  const executor = new Executor({ client, events: controllerEvents, informers: cluster.byPlural });
  const ports = { executor, scheduler, ready: cluster.synced, report };
  const time = new Alarms(now, scheduler);
  const controllers = startControllers(cluster, { ports, time, nodeGraceMs: options.nodeGraceMs ?? defaultGraceMs });
  const binding = startScheduler(cluster, { ...ports, client, events: eventRecorder(client, 'default-scheduler'), now });
  const sinks = [...controllers, binding];
  return {
    cluster,
    sinks,
    synced: () =>
      new Promise((resolve) => {
        const watching = watchCell(cluster.synced, (isSynced) => {
          if (!isSynced) return;
          queueMicrotask(() => watching[Symbol.dispose]());
          resolve();
        });
      }),
    [Symbol.dispose]: () => {
      for (const one of sinks) one[Symbol.dispose]();
      cluster[Symbol.dispose]();
      time[Symbol.dispose]();
    },
  };
}
