/** Carries out plans: the only place of the controllers that writes. */
import type { KubeObject, Resource } from '@kube-ovn/api';
import { KubeError, type EventRecorder, type Informer, type KubeClient } from '@kube-ovn/kube';
import type { Action, Plan } from './action.ts';
import { kinds } from './objects.ts';

/** What carrying out needs. */
export interface ExecutorPorts {
  readonly client: KubeClient;
  readonly events: EventRecorder;
  /** Where answers go, by the resource's plural, so that no plan is made from what we know to be old. */
  readonly informers: ReadonlyMap<string, Informer<KubeObject>>;
}

/** Requests of one plan that are in flight at once. */
const width = 8;

/** Carries out plans. */
export class Executor {
  readonly #ports: ExecutorPorts;

  constructor(ports: ExecutorPorts) {
    this.#ports = ports;
  }

  /**
   * Carry out a plan for an object; neighbours of the same sort go in parallel, others one after the other.
   *
   * @throws {KubeError} the first request that failed; what followed it was not sent
   */
  async carryOut(plan: Plan, owner: KubeObject): Promise<void> {
    for (const group of groups(plan)) {
      for (let from = 0; from < group.length; from += width) {
        const results = await Promise.allSettled(group.slice(from, from + width).map((action) => this.#perform(action, owner)));
        const failed = results.find((result) => result.status === 'rejected');
        if (failed !== undefined) throw failed.reason;
      }
    }
  }

  async #perform(action: Action, owner: KubeObject): Promise<void> {
    switch (action.do) {
      case 'create':
        return this.#create(action, owner);
      case 'delete':
        return this.#delete(action, owner);
      case 'patch':
        return this.#patch(action);
      case 'event':
        this.#ports.events.event(action.about, action.type, action.reason, action.message);
        return undefined;
    }
  }

  async #create({ resource, object }: Action & { do: 'create' }, owner: KubeObject): Promise<void> {
    try {
      // a name may be missing: the API server completes generateName
      const created = await this.#ports.client.create(resource as Resource<KubeObject>, object as KubeObject);
      this.#learn(resource, created);
      if (resource.plural === kinds.pod.plural)
        this.#ports.events.event(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata.name}`);
    } catch (error) {
      if (error instanceof KubeError && error.code !== 'KUBE_EXISTS')
        this.#ports.events.event(owner, 'Warning', 'FailedCreate', `Error creating: ${error.message}`);
      throw error;
    }
  }

  /** Gone already, or replaced by another object of the name: what was wanted is so. */
  async #delete({ resource, key, uid, graceSeconds }: Action & { do: 'delete' }, owner: KubeObject): Promise<void> {
    try {
      await this.#ports.client.delete(resource, key, {
        preconditions: { uid },
        ...(graceSeconds === undefined ? {} : { gracePeriodSeconds: graceSeconds }),
      });
    } catch (error) {
      if (error instanceof KubeError && (error.code === 'KUBE_NOT_FOUND' || error.code === 'KUBE_CONFLICT')) return;
      throw error;
    }
    const isOwn = owner.metadata.uid === uid;
    if (resource.plural === kinds.pod.plural && !isOwn)
      this.#ports.events.event(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${key.slice(key.indexOf('/') + 1)}`);
  }

  async #patch({ resource, key, body, type, subresource }: Action & { do: 'patch' }): Promise<void> {
    try {
      const options = { type: type ?? 'merge', ...(subresource === undefined ? {} : { subresource }) } as const;
      this.#learn(resource, await this.#ports.client.patch(resource as Resource<KubeObject>, key, body, options));
    } catch (error) {
      if (error instanceof KubeError && error.code === 'KUBE_NOT_FOUND') return;
      throw error;
    }
  }

  #learn(resource: Resource<unknown>, object: KubeObject): void {
    this.#ports.informers.get(resource.plural)?.upsert(object);
  }
}

function groups(plan: Plan): readonly (readonly Action[])[] {
  const list: Action[][] = [];
  for (const action of plan) {
    const last = list.at(-1);
    if (last !== undefined && sortOf(last[0]) === sortOf(action)) last.push(action);
    else list.push([action]);
  }
  return list;
}

function sortOf(action: Action | undefined): string {
  return action === undefined || action.do === 'event' ? 'event' : `${action.do} ${action.resource.plural}`;
}
