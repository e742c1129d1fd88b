/** Keeps the default Vpc and the system Subnets there: what is missing is created, what is there is left as it is. */
import { type KubeObject, type Resource, resources, type Subnet, type Vpc } from '@kube-ovn/api';
import { type Cancel, formula, isSamePlainData, type Scheduler, type Table, watchCell } from '@kube-ovn/dataflow';
import { type KubeClient, KubeError } from '@kube-ovn/kube';
import type { Log } from '../ports.ts';
import type { defaultObjects } from './defaults.ts';

export interface DefaultsOptions {
  readonly client: KubeClient;
  readonly wanted: ReturnType<typeof defaultObjects>;
  readonly vpcs: Table<Vpc>;
  readonly subnets: Table<Subnet>;
  readonly scheduler: Scheduler;
  readonly log: Log;
}

const retryMs = 1000;

/** Create what is missing, now and whenever something goes missing. */
export function createDefaults(options: DefaultsOptions): Disposable {
  const { wanted, vpcs, subnets, scheduler } = options;
  const missing = formula(
    () => [
      ...(vpcs.has(wanted.vpc.metadata.name)
        ? []
        : [{ resource: resources.vpc as Resource<KubeObject>, object: wanted.vpc as KubeObject }]),
      ...wanted.subnets.flatMap((object) =>
        subnets.has(object.metadata.name) ? [] : [{ resource: resources.subnet as Resource<KubeObject>, object: object as KubeObject }],
      ),
    ],
    { equals: isSamePlainData },
  );
  let cancel: Cancel | undefined;
  let isStopped = false;
  const create = async (): Promise<void> => {
    for (const { resource, object } of missing.peek()) {
      if (!isStopped && !(await createOne(options, resource, object))) {
        cancel = scheduler.setTimeout(() => void create(), retryMs);
        return;
      }
    }
  };
  const watcher = watchCell(missing, () => void create());
  return {
    [Symbol.dispose]: () => {
      isStopped = true;
      cancel?.();
      watcher[Symbol.dispose]();
    },
  };
}

/** @returns whether it is there now */
async function createOne({ client, log }: DefaultsOptions, resource: Resource<KubeObject>, object: KubeObject): Promise<boolean> {
  const name = object.metadata.name;
  try {
    await client.create(resource, object);
    log.info({ kind: resource.kind, name }, 'created default object');
    return true;
  } catch (error) {
    if (error instanceof KubeError && error.code === 'KUBE_EXISTS') return true;
    log.warn({ kind: resource.kind, name, error }, 'default object could not be created; trying again');
    return false;
  }
}
