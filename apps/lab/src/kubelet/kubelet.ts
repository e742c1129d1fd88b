/**
 * The kubelet of one node, without its connection to the API: pods come in by `update`, what it has to say goes out
 * through the `PodApi` port.
 */
import { loadDefaultNetwork } from './cni/conflist.ts';
import { CniRuntime } from './cni/runtime.ts';
import type { NetworkConfigList } from './cni/types.ts';
import type { ResolverSettings } from './container/host-files.ts';
import type { ContainerRun } from './container/runner.ts';
import type { PodObject } from './pod/types.ts';
import { PodWorker } from './pod/worker.ts';
import type { Clock, PodApi } from './ports.ts';
import { Sandboxes, type SandboxRecord } from './sandbox.ts';
import type { ServedPods } from './server/server.ts';
import { join } from 'node:path';
import { describeError } from '../errors.ts';

export interface KubeletOptions {
  readonly nodeName: string;
  readonly hostAddresses: readonly string[];
  /** folder of this kubelet's state and logs */
  readonly root: string;
  readonly cniConfDir: string;
  readonly cniBinDirs: readonly string[];
  /** prefix of the names of pods' network namespaces */
  readonly namespacePrefix: string;
  readonly resolver: ResolverSettings;
  readonly api: PodApi;
  readonly clock: Clock;
}

export interface NetworkState {
  readonly config: NetworkConfigList | undefined;
  /** why there is none */
  readonly message: string;
}

export class Kubelet {
  readonly #options: KubeletOptions;
  readonly #cni: CniRuntime;
  readonly #sandboxes: Sandboxes;
  /** by uid: two pods of one name may be here for a while, the old one ending */
  readonly #workers = new Map<string, PodWorker>();
  readonly #uids = new Map<string, string>();
  readonly #adoptable: Map<string, SandboxRecord>;
  #network: NetworkState = { config: undefined, message: 'cni plugin not initialized' };

  constructor(options: KubeletOptions) {
    this.#options = options;
    this.#cni = new CniRuntime({ cacheDir: join(options.root, 'cni-cache'), path: options.cniBinDirs });
    this.#sandboxes = new Sandboxes({
      root: options.root,
      prefix: options.namespacePrefix,
      cni: this.#cni,
      hostAddresses: options.hostAddresses,
    });
    this.#adoptable = new Map(this.#sandboxes.existing().map((record) => [record.uid, record]));
  }

  get network(): NetworkState {
    return this.#network;
  }

  /** The newest object of a key, or undefined when there is none any more. */
  update(key: string, pod: PodObject | undefined): void {
    const uid = this.#uids.get(key);
    if (uid !== undefined && uid !== pod?.metadata.uid) {
      this.#uids.delete(key);
      this.#workers.get(uid)?.update(undefined);
    }
    if (pod === undefined) return;
    this.#uids.set(key, pod.metadata.uid);
    const worker = this.#workers.get(pod.metadata.uid);
    if (worker !== undefined) worker.update(pod);
    else if (!isTerminal(pod)) this.#accept(pod);
  }

  /**
   * Remove what an earlier kubelet left of pods that are gone. To be called once all pods have come in.
   *
   * Sandboxes whose pods are still here were adopted, addresses and all.
   */
  async removeOrphans(report: (message: string) => void): Promise<void> {
    for (const { uid, namespace, name } of this.#sandboxes.existing()) {
      if (this.#workers.has(uid)) continue;
      await this.#sandboxes.remove(uid).catch((error: unknown) => report(`sandbox of ${namespace}/${name}: ${describeError(error)}`));
    }
  }

  /** Read the network configuration again, and ask its plugins whether they are ready. Wakes the pods when that changed. */
  async refreshNetwork(): Promise<NetworkState> {
    const before = this.#network.config !== undefined;
    this.#network = await this.#readNetwork();
    if (!before && this.#network.config !== undefined) for (const worker of this.#workers.values()) worker.wake();
    return this.#network;
  }

  /** CNI GC: attachments of sandboxes that are not here any more are dropped by the plugins. */
  async collectGarbage(): Promise<void> {
    const { config } = this.#network;
    if (config === undefined) return;
    const alive = new Set(this.#sandboxes.existing().map(({ id }) => id));
    await this.#cni.gc(config, alive);
  }

  /** CNI CHECK of every attached sandbox; the problems found, by pod. */
  async checkNetworks(): Promise<ReadonlyMap<string, string>> {
    const problems = new Map<string, string>();
    for (const { id, namespace, name } of this.#sandboxes.existing()) {
      await this.#cni.check(id).catch((error: unknown) => problems.set(`${namespace}/${name}`, describeError(error)));
    }
    return problems;
  }

  /** What the kubelet's server may see. */
  served(): ServedPods {
    const worker = (target: { namespace: string; pod: string }): PodWorker | undefined =>
      this.#workers.get(this.#uids.get(`${target.namespace}/${target.pod}`) ?? '');
    const has = (target: { namespace: string; pod: string; container: string }): boolean => {
      const spec = worker(target)?.pod.spec;
      return [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].some(({ name }) => name === target.container);
    };
    return {
      has,
      run: (target): ContainerRun | undefined => worker(target)?.containers.run(target.container),
      logFile: (target, previous) => worker(target)?.containers.logFile(target.container, previous),
      list: () => [...this.#workers.values()].map(({ pod }) => pod),
    };
  }

  /** Number of pods that are on the node, ending ones among them. */
  get podCount(): number {
    return this.#workers.size;
  }

  /** Stop working; the pods stay as they are. */
  release(): void {
    for (const worker of this.#workers.values()) worker.release();
  }

  #accept(pod: PodObject): void {
    const { api, clock, root, nodeName, hostAddresses, resolver, cniConfDir } = this.#options;
    const { uid } = pod.metadata;
    const adopted = this.#adoptable.get(uid);
    this.#adoptable.delete(uid);
    // A sandbox without a result was being made when the earlier kubelet died: it is removed and made again.
    const isWhole = adopted !== undefined && (adopted.netns === undefined || adopted.networkStatus !== undefined);
    const worker = new PodWorker(pod, {
      api,
      clock,
      sandboxes: this.#sandboxes,
      cniConfDir,
      hostAddresses,
      containers: { root, nodeName, hostAddresses, resolver },
      network: () => this.#network.config,
      adopted: isWhole ? adopted : undefined,
      finished: () => this.#workers.delete(uid),
    });
    this.#workers.set(uid, worker);
    if (this.#network.config === undefined && pod.spec.hostNetwork !== true)
      api.event(pod, 'Warning', 'NetworkNotReady', `network is not ready: ${this.#network.message}`);
    worker.wake();
  }

  async #readNetwork(): Promise<NetworkState> {
    try {
      const config = loadDefaultNetwork(this.#options.cniConfDir);
      if (config === undefined) return { config: undefined, message: `no CNI configuration in ${this.#options.cniConfDir}` };
      await this.#cni.status(config);
      return { config, message: 'kubelet is posting ready status' };
    } catch (error) {
      return { config: undefined, message: describeError(error) };
    }
  }
}

function isTerminal(pod: PodObject): boolean {
  const phase = pod.status?.phase;
  return (phase === 'Succeeded' || phase === 'Failed') && pod.metadata.deletionTimestamp === undefined;
}
