/** The node's own object: made, kept fresh by a Lease and by its status. @source Kubernetes, "Node heartbeats" */
import { resources, type KubeObject, type Lease } from '@kube-ovn/api';
import { KubeError, type KubeClient } from '@kube-ovn/kube';
import { describeError } from '../../errors.ts';
import { pause } from '../../infra/wait.ts';
import type { Clock } from '../ports.ts';
import { nodeConditions, nodeMetadata, nodeStatus, type NodeCondition, type NodeFacts, type Readiness } from './node-object.ts';

const LEASE_NAMESPACE = 'kube-node-lease';
const LEASE_SECONDS = 40;
const RENEW_MS = 10_000;
/** Without a change, the status is written this often. */
const STATUS_MS = 300_000;

export interface RegistrationOptions {
  readonly client: KubeClient;
  readonly facts: NodeFacts;
  readonly clock: Clock;
  readonly readiness: () => Readiness;
  readonly signal: AbortSignal;
  readonly report: (message: string) => void;
}

export class NodeRegistration {
  readonly #options: RegistrationOptions;
  #written = '';
  #writtenAtMs = 0;

  constructor(options: RegistrationOptions) {
    this.#options = options;
  }

  /** Make the Node, or take over the one that is there. Tries until it works or the kubelet ends. */
  async register(): Promise<void> {
    const { client, facts } = this.#options;
    const metadata = { name: facts.name, ...nodeMetadata(facts) };
    await this.#persist('registering the node', async () => {
      try {
        await client.create(resources.node, { apiVersion: 'v1', kind: 'Node', metadata, spec: {} } as KubeObject);
      } catch (error) {
        if (!(error instanceof KubeError) || error.code !== 'KUBE_EXISTS') throw error;
        await client.patch(resources.node, facts.name, { metadata: { labels: metadata.labels, annotations: metadata.annotations } });
      }
      await this.refresh();
    });
    void this.#beat();
  }

  /** Write the status if it has changed, or has not been written for long. */
  async refresh(): Promise<void> {
    const { client, facts, clock, readiness } = this.#options;
    const node = await client.get<{ readonly status?: { readonly conditions?: readonly NodeCondition[] } }>(resources.node, facts.name);
    const conditions = nodeConditions(node.status?.conditions ?? [], readiness(), clock.now());
    const own = conditions.slice(0, 4);
    const text = JSON.stringify(own.map(({ type, status, reason, message }) => [type, status, reason, message]));
    if (text === this.#written && clock.now() - this.#writtenAtMs < STATUS_MS) return;
    // A strategic merge goes by the conditions' types, and so leaves those of others alone. Addresses go by their types too, though a
    // node has several of one type: these are replaced whole. @source Kubernetes, NodeStatus.addresses
    const status = nodeStatus(facts);
    await client.patch(
      resources.node,
      facts.name,
      { status: { ...status, addresses: [{ $patch: 'replace' }, ...status.addresses], conditions: own } },
      { subresource: 'status', type: 'strategic' },
    );
    this.#written = text;
    this.#writtenAtMs = clock.now();
  }

  async #beat(): Promise<void> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      await this.#persist("renewing the node's lease", () => this.#renew());
      await this.#persist("writing the node's status", () => this.refresh());
      await pause(RENEW_MS, signal).catch(() => undefined);
    }
  }

  async #renew(): Promise<void> {
    const { client, facts, clock } = this.#options;
    const key = `${LEASE_NAMESPACE}/${facts.name}`;
    const renewTime = `${new Date(clock.now()).toISOString().slice(0, 23)}000Z`;
    const spec = { holderIdentity: facts.name, leaseDurationSeconds: LEASE_SECONDS, renewTime };
    try {
      await client.patch(resources.lease, key, { spec });
    } catch (error) {
      if (!(error instanceof KubeError) || error.code !== 'KUBE_NOT_FOUND') throw error;
      await this.#ensureNamespace();
      const lease: Lease = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: facts.name, namespace: LEASE_NAMESPACE },
        spec,
      };
      await client.create(resources.lease, lease);
    }
  }

  async #ensureNamespace(): Promise<void> {
    try {
      await this.#options.client.create(resources.namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: LEASE_NAMESPACE } });
    } catch (error) {
      if (!(error instanceof KubeError) || error.code !== 'KUBE_EXISTS') throw error;
    }
  }

  /** Try until it works: what fails is said once, and tried again each second. */
  async #persist(what: string, work: () => Promise<void>): Promise<void> {
    const { signal, report } = this.#options;
    let said = '';
    while (!signal.aborted) {
      try {
        return await work();
      } catch (error) {
        const text = `${what}: ${describeError(error)}`;
        if (text !== said) report(text);
        said = text;
        await pause(1000, signal).catch(() => undefined);
      }
    }
  }
}
