/** A controller inside the test's process, so that what it sends can be counted. */
import { keyOf, kubeClient, type KubeClient, systemScheduler } from '@kube-ovn/kube';
import { type DatabaseClient, selectionOf } from '@kube-ovn/ovsdb';
import { openDatabase, systemClock } from '@kube-ovn/ovsdb/node';
import { tables } from '@kube-ovn/ovn-model';
import { createLog } from '@kube-ovn/telemetry';
import { readConfig } from '../../src/config/config.ts';
import { parseFlags } from '../../src/config/parse-flags.ts';
import type { Log } from '../../src/ports.ts';
import { type Controller, wire } from '../../src/wire.ts';
import { type Cluster } from './cluster.ts';
import { eventually } from './wait.ts';

export interface RunningController {
  readonly controller: Controller;
  /** Mutating requests so far, those about the lease left out: `patch pods shop/web-0`. */
  readonly writes: readonly string[];
  /** All that was wanted is written. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

const quickElection = ['--leader-elect-lease-duration=1500ms', '--leader-elect-renew-deadline=1s', '--leader-elect-retry-period=200ms'];

/** What a test puts in place of what a controller has otherwise. */
export interface Replaced {
  /** Between the controller and the API server. */
  readonly kube?: (client: KubeClient) => KubeClient;
  /** Between the controller and OVN Northbound. */
  readonly northbound?: (client: DatabaseClient) => DatabaseClient;
  readonly log?: Log;
}

/** Start one and wait until it leads. */
export async function startController(
  cluster: Cluster,
  flags: readonly string[] = [],
  replaced: Replaced = {},
): Promise<RunningController> {
  const argv = [`--kubeconfig=${cluster.kubeconfig}`, `--ovn-nb-addr=${cluster.remote}`, ...quickElection, ...flags];
  const config = readConfig(parseFlags(argv).values, {}, { hostname: 'test', pid: Math.trunc(Math.random() * 1e9) });
  const scheduler = systemScheduler();
  const writes: string[] = [];
  const client = kubeClient({ kubeconfig: cluster.kubeconfig });
  const kube = recording(replaced.kube?.(client) ?? client, writes);
  const opened = openDatabase({ remotes: [cluster.remote], database: 'OVN_Northbound', tables: selectionOf(Object.values(tables)) });
  const northbound = replaced.northbound?.(opened) ?? opened;
  const log = replaced.log ?? createLog({ name: 'kube-ovn-controller', level: process.env['CT_LOG'] === undefined ? 'silent' : 'debug' });
  const controller = wire(config, { kube, northbound, scheduler, clock: systemClock, random: Math.random, log });
  controller.start();
  await eventually(() => controller.leadership.term.peek() !== undefined);
  return {
    controller,
    writes,
    settled: async () => {
      const term = controller.leadership.term.peek();
      if (term === undefined) throw new Error('not leading');
      // each may give the other new work: settled means that both are, one after the other, twice
      for (let round = 0; round < 3; round += 1) {
        await term.northbound.synchronizer.settled();
        await term.kubernetes.settled();
        await eventually(() => !term.allocation.isBusy);
      }
      await term.events.settled();
    },
    stop: async () => {
      await controller.stop();
      await northbound.close();
      kube.close();
    },
  };
}

/** A client that notes what it is asked to change. */
function recording(client: KubeClient, writes: string[]): KubeClient {
  const note = (verb: string, kind: string, plural: string, key: string): void => {
    if (kind !== 'Lease') writes.push(`${verb} ${plural} ${key}`);
  };
  const record: Partial<KubeClient> = {
    create: (resource, object, options) => {
      note('create', resource.kind, resource.plural, keyOf(object));
      return client.create(resource, object, options);
    },
    replace: (resource, object, options) => {
      note('replace', resource.kind, resource.plural, keyOf(object));
      return client.replace(resource, object, options);
    },
    patch: (resource, key, body, options) => {
      note('patch', resource.kind, resource.plural, key);
      return client.patch(resource, key, body, options);
    },
    delete: (resource, key, options) => {
      note('delete', resource.kind, resource.plural, key);
      return client.delete(resource, key, options);
    },
  };
  return new Proxy(client, {
    get: (target, name) => {
      const value: unknown = name in record ? record[name as keyof KubeClient] : Reflect.get(target, name, target);
      return typeof value === 'function' && !(name in record) ? (value.bind(target) as unknown) : value;
    },
  });
}
