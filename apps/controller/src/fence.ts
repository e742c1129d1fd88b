/**
 * Writes of a process that lost its lease without having noticed yet (it was stopped, its timers are late) end here: every write asks
 * the elector's clock at the moment it is sent.
 */
import type { KubeClient } from '@kube-ovn/kube';
import type { DatabaseClient } from '@kube-ovn/ovsdb';
import { ControllerError } from './errors.ts';

/** A Kubernetes client whose mutating requests need the lease. */
export function fencedKube(client: KubeClient, isLeading: () => boolean): KubeClient {
  const guard = async <T>(write: () => Promise<T>): Promise<T> => {
    assertLeading(isLeading);
    return write();
  };
  return {
    get: (resource, key) => client.get(resource, key),
    list: (resource, options) => client.list(resource, options),
    watch: (resource, options, events) => client.watch(resource, options, events),
    create: (resource, object, options) => guard(() => client.create(resource, object, options)),
    replace: (resource, object, options) => guard(() => client.replace(resource, object, options)),
    patch: (resource, key, body, options) => guard(() => client.patch(resource, key, body, options)),
    delete: (resource, key, options) => guard(() => client.delete(resource, key, options)),
    get writes() {
      return client.writes;
    },
    close: () => client.close(),
  };
}

/** A database client whose transactions need the lease. */
export function fencedDatabase(client: DatabaseClient, isLeading: () => boolean): DatabaseClient {
  return {
    replica: client.replica,
    server: client.server,
    transact: async (operations, options) => {
      assertLeading(isLeading);
      return client.transact(operations, options);
    },
    setFilters: (changes) => client.setFilters(changes),
    monitor: (selection, database) => client.monitor(selection, database),
    lock: (name, options) => client.lock(name, options),
    reconnect: () => client.reconnect(),
    request: (method, params, options) => client.request(method, params, options),
    onProblem: (listener) => client.onProblem(listener),
    get stats() {
      return client.stats;
    },
    close: () => client.close(),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

function assertLeading(isLeading: () => boolean): void {
  if (!isLeading()) throw new ControllerError('CONTROLLER_NOT_LEADER', 'the lease is not ours any more: nothing is written');
}
