/**
 * The life of one pod on this node.
 *
 * A worker does what `planPod` says, one round at a time, until nothing is to be done, and is woken by whatever may
 * change that: the object, a container's end, a probe, the network, a timer. The status is published beside the rounds, one write at
 * a time: what changes during a write goes out with the next one.
 */
import { DEFAULT_CNI_SOCKET } from '@kube-ovn/api';
import { describeError, LabError } from '../../errors.ts';
import { Containers, type ContainersOptions } from '../container/containers.ts';
import { NETWORK_STATUS_ANNOTATION } from '../cni/network-status.ts';
import { DEFAULT_NETWORK_ANNOTATION, type NetworkSelection, NETWORKS_ANNOTATION, parseNetworks } from '../cni/networks.ts';
import { loadNetworkNamed, parseNetworkConfig } from '../cni/conflist.ts';
import type { NetworkConfigList } from '../cni/types.ts';
import type { Clock, PodApi } from '../ports.ts';
import type { ExtraNetwork, FirstNetwork, Sandboxes, SandboxRecord } from '../sandbox.ts';
import type { ObservedPod, ObservedSandbox } from './observed.ts';
import { planPod, sandboxRetryDelayMs, type PodAction } from './plan.ts';
import { podStatus } from './status.ts';
import type { PodObject } from './types.ts';

const PUBLISH_RETRY_MS = 1000;

export interface WorkerOptions {
  readonly api: PodApi;
  readonly clock: Clock;
  readonly sandboxes: Sandboxes;
  readonly containers: Omit<ContainersOptions, 'pod' | 'changed' | 'api' | 'clock'>;
  /** the cluster network, when it is ready */
  readonly network: () => NetworkConfigList | undefined;
  readonly cniConfDir: string;
  readonly hostAddresses: readonly string[];
  /** a sandbox of this pod that an earlier kubelet made */
  readonly adopted?: SandboxRecord | undefined;
  /** told when nothing of the pod is left here */
  readonly finished: () => void;
}

export class PodWorker {
  readonly containers: Containers;
  readonly #options: WorkerOptions;
  readonly #acceptedAtMs: number;
  #pod: PodObject;
  #isGone = false;
  #isFinished = false;
  #isRunning = false;
  #isStale = false;
  #sandbox: ObservedSandbox = { state: 'none' };
  #netns: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Text of the networks annotation that the sandbox was last brought to. */
  #networks: string | undefined;
  #published = '';
  #publishing: Promise<void> = Promise.resolve();
  #isPublishing = false;
  /** the node goes on without the API server; the status is published when it is back */
  #publishAgainAtMs = 0;

  constructor(pod: PodObject, options: WorkerOptions) {
    this.#options = options;
    this.#pod = pod;
    this.#acceptedAtMs = pod.status?.startTime === undefined ? options.clock.now() : Date.parse(pod.status.startTime);
    const { adopted, api, clock } = options;
    if (adopted !== undefined) this.#adopt(adopted);
    this.containers = new Containers({ ...options.containers, api, clock, pod: () => this.#pod, changed: () => this.wake() });
  }

  get pod(): PodObject {
    return this.#pod;
  }

  get sandboxId(): string | undefined {
    return this.#sandbox.state === 'ready' ? this.#sandbox.id : undefined;
  }

  /** The newest object, or undefined when it has gone. */
  update(pod: PodObject | undefined): void {
    if (pod === undefined) this.#isGone = true;
    else this.#pod = pod;
    this.wake();
  }

  /** Look again; calls that come while a round runs are answered by one more round. */
  wake(): void {
    this.#isStale = true;
    if (this.#isRunning || this.#isFinished) return;
    this.#isRunning = true;
    void this.#run();
  }

  /** Leave the pod as it is on the node, and do nothing more. */
  release(): void {
    this.#isFinished = true;
    clearTimeout(this.#timer);
    this.containers.release();
  }

  async #run(): Promise<void> {
    while (this.#isStale && !this.#isFinished) {
      this.#isStale = false;
      try {
        await this.#round();
      } catch (error) {
        this.#options.api.event(this.#pod, 'Warning', 'FailedSync', describeError(error));
        this.#wakeIn(1000);
      }
    }
    this.#isRunning = false;
  }

  async #round(): Promise<void> {
    const nowMs = this.#options.clock.now();
    if (!this.#isPublishing && nowMs >= this.#publishAgainAtMs) this.#publishing = this.#publish();
    const { actions, wakeAtMs } = planPod({
      pod: this.#pod,
      isGone: this.#isGone,
      observed: this.#observe(),
      isNetworkReady: this.#options.network() !== undefined,
      nowMs,
    });
    clearTimeout(this.#timer);
    const wakes = [this.#publishAgainAtMs, wakeAtMs ?? 0].filter((time) => time > nowMs);
    if (wakes.length > 0) this.#wakeIn(Math.min(...wakes) - nowMs);
    for (const action of actions) await this.#do(action);
    if (actions.length > 0) this.#isStale = true;
    else await this.#updateNetworks();
  }

  #wakeIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.wake(), Math.max(ms, 1));
  }

  #observe(): ObservedPod {
    return { sandbox: this.#sandbox, containers: this.containers.observed(), acceptedAtMs: this.#acceptedAtMs };
  }

  /** Publish the status as long as it differs from what was published last, or until a write fails. */
  async #publish(): Promise<void> {
    const { api, clock, hostAddresses } = this.#options;
    this.#isPublishing = true;
    try {
      while (!this.#isGone && !this.#isFinished) {
        const status = podStatus({ pod: this.#pod, observed: this.#observe(), hostAddresses, nowMs: clock.now() });
        // Times of transitions are set when a status is first published; what counts as a change is all the rest.
        const text = JSON.stringify(status, (key, value: unknown) => (key === 'lastTransitionTime' ? undefined : value));
        if (text === this.#published) return;
        await api.writeStatus(this.#pod, status);
        this.#published = text;
      }
    } catch {
      this.#publishAgainAtMs = clock.now() + PUBLISH_RETRY_MS;
      this.wake();
    } finally {
      this.#isPublishing = false;
    }
  }

  async #do(action: PodAction): Promise<void> {
    switch (action.do) {
      case 'create-sandbox':
        return this.#createSandbox();
      case 'remove-sandbox':
        return this.#removeSandbox();
      case 'start-container': {
        const addresses = this.#sandbox.state === 'ready' ? this.#sandbox.addresses : [];
        return this.containers.start(action.container, { netns: this.#netns, addresses });
      }
      case 'stop-container':
        this.containers.stop(action);
        return;
      case 'finish':
        return this.#finish();
    }
  }

  async #createSandbox(): Promise<void> {
    const { api, sandboxes, network, clock } = this.#options;
    const attempts = this.#sandbox.state === 'failed' ? this.#sandbox.attempts : 0;
    try {
      this.#networks = this.#pod.metadata.annotations?.[NETWORKS_ANNOTATION] ?? '';
      this.containers.makeVolumes();
      const record = await sandboxes.create(this.#pod, await this.#firstNetwork(network()), await this.#extraNetworks());
      this.#adopt(record);
      if (record.networkStatus !== undefined) await api.annotate(this.#pod, { [NETWORK_STATUS_ANNOTATION]: record.networkStatus });
    } catch (error) {
      const message = describeError(error);
      api.event(this.#pod, 'Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${message}`);
      this.#sandbox = { state: 'failed', attempts: attempts + 1, retryAtMs: clock.now() + sandboxRetryDelayMs(attempts + 1), message };
    }
  }

  #adopt(record: SandboxRecord): void {
    this.#netns = record.netns;
    this.#sandbox = { state: 'ready', id: record.id, addresses: record.addresses };
  }

  /** Attach and detach further networks of a pod that runs when its annotation has changed. */
  async #updateNetworks(): Promise<void> {
    const { api, sandboxes } = this.#options;
    const text = this.#pod.metadata.annotations?.[NETWORKS_ANNOTATION] ?? '';
    const isEnding = this.#isGone || this.#pod.metadata.deletionTimestamp !== undefined;
    if (isEnding || this.#sandbox.state !== 'ready' || this.#netns === undefined || text === this.#networks) return;
    let networks: readonly ExtraNetwork[];
    try {
      networks = await this.#extraNetworks();
    } catch (error) {
      this.#networks = text; // what is wrong with it is told once
      api.event(this.#pod, 'Warning', 'FailedAttachNetwork', describeError(error));
      return;
    }
    try {
      await sandboxes.update(this.#pod, networks);
      this.#networks = text;
    } catch (error) {
      api.event(this.#pod, 'Warning', 'FailedAttachNetwork', describeError(error));
      this.#wakeIn(1000);
    }
    const status = sandboxes.find(this.#pod.metadata.uid)?.networkStatus;
    if (status !== undefined) await api.annotate(this.#pod, { [NETWORK_STATUS_ANNOTATION]: status });
  }

  /** The cluster's network, or the one that the pod wants in its place. @source Multus, v1.multus-cni.io/default-network */
  async #firstNetwork(cluster: NetworkConfigList | undefined): Promise<FirstNetwork | undefined> {
    const { metadata } = this.#pod;
    const text = metadata.annotations?.[DEFAULT_NETWORK_ANNOTATION];
    if (cluster === undefined || text === undefined) return cluster && { name: cluster.name, list: cluster };
    const [asked] = parseNetworks(text, metadata.namespace);
    if (asked === undefined) return { name: cluster.name, list: cluster };
    const [network] = await this.#load([{ ...asked, interface: 'eth0' }]);
    return network && { name: `${asked.namespace}/${asked.name}`, ...network };
  }

  #extraNetworks(): Promise<readonly ExtraNetwork[]> {
    const { metadata } = this.#pod;
    return this.#load(parseNetworks(metadata.annotations?.[NETWORKS_ANNOTATION], metadata.namespace));
  }

  async #load(selections: readonly NetworkSelection[]): Promise<readonly ExtraNetwork[]> {
    const extra: ExtraNetwork[] = [];
    for (const selection of selections) {
      const title = `NetworkAttachmentDefinition ${selection.namespace}/${selection.name}`;
      const config = onThisNode(await this.#options.api.networkConfig(selection.namespace, selection.name), this.#options.network());
      if (config === undefined) throw new LabError('LAB_POD', `annotation ${NETWORKS_ANNOTATION}: ${title} not found`);
      const list =
        config === ''
          ? loadNetworkNamed(this.#options.cniConfDir, selection.name)
          : parseNetworkConfig(withName(config, selection.name), title);
      if (list === undefined) throw new LabError('LAB_POD', `${title}: no spec.config, and no configuration of that name on the node`);
      extra.push({ selection, list });
    }
    return extra;
  }

  async #removeSandbox(): Promise<void> {
    const { api, sandboxes } = this.#options;
    try {
      await sandboxes.remove(this.#pod.metadata.uid);
      this.#sandbox = { state: 'none' };
      this.#netns = undefined;
    } catch (error) {
      api.event(this.#pod, 'Warning', 'FailedKillPod', `error killing pod: ${describeError(error)}`);
      // The pod waits here for its next try: nothing else may happen to it meanwhile.
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }

  async #finish(): Promise<void> {
    // who watches the pod sees how it ended before it goes
    await this.#publishing;
    if (!this.#isGone) await this.#options.api.remove(this.#pod);
    this.#isFinished = true;
    clearTimeout(this.#timer);
    this.containers.removeFiles();
    this.#options.finished();
  }
}

/** A node has a daemon's socket of its own in the place that everybody knows; nodes of the lab share one file system. */
function onThisNode(config: string | undefined, cluster: NetworkConfigList | undefined): string | undefined {
  const socket = cluster?.plugins.map((plugin) => plugin['server_socket']).find((value) => typeof value === 'string');
  return socket === undefined ? config : config?.replaceAll(DEFAULT_CNI_SOCKET, socket);
}

/** A NetworkAttachmentDefinition's config may leave out the name: it is the object's then. */
function withName(config: string, name: string): string {
  try {
    const parsed: unknown = JSON.parse(config);
    return typeof parsed === 'object' && parsed !== null && !('name' in parsed) ? JSON.stringify({ ...parsed, name }) : config;
  } catch {
    return config;
  }
}
