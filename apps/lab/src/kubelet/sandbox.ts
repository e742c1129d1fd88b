/** A pod's sandbox: its network namespace and what CNI made in it. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createNetns, deleteNetns, rtnl } from '@kube-ovn/host';
import { NETNS_DIR } from '../infra/layout.ts';
import { LabError } from '../errors.ts';
import { attachmentOf } from './cni/attachment.ts';
import type { CachedAttachment } from './cni/cache.ts';
import type { NetworkSelection } from './cni/networks.ts';
import { networkStatus, podAddresses, type AttachedNetwork } from './cni/network-status.ts';
import type { CniRuntime } from './cni/runtime.ts';
import type { NetworkConfigList } from './cni/types.ts';
import type { PodObject } from './pod/types.ts';

/** What is kept on disk of a sandbox, for a kubelet that comes after. */
export interface SandboxRecord {
  readonly id: string;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** path of the network namespace; absent for a pod of the host network */
  readonly netns?: string;
  readonly addresses: readonly string[];
  /** value of the network-status annotation; absent for a pod of the host network */
  readonly networkStatus?: string;
}

/** The network of eth0: the cluster's, or one that takes its place. */
export interface FirstNetwork {
  readonly name: string;
  readonly list: NetworkConfigList;
  readonly selection?: NetworkSelection;
}

export interface ExtraNetwork {
  readonly selection: NetworkSelection;
  readonly list: NetworkConfigList;
}

export interface SandboxesOptions {
  /** folder of this kubelet */
  readonly root: string;
  /** prefix of namespaces' names, ending in `-` */
  readonly prefix: string;
  readonly cni: CniRuntime;
  readonly hostAddresses: readonly string[];
}

export class Sandboxes {
  readonly #options: SandboxesOptions;
  readonly #dir: string;
  /** what is on disk, by the pod's uid */
  readonly #records: Map<string, SandboxRecord>;

  constructor(options: SandboxesOptions) {
    this.#options = options;
    this.#dir = join(options.root, 'sandboxes');
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
    this.#records = new Map(readSandboxes(this.#dir).map((record) => [record.uid, record]));
  }

  /** The sandboxes that are there, from this run or an earlier one. */
  existing(): readonly SandboxRecord[] {
    return [...this.#records.values()];
  }

  /** The sandbox of a pod. */
  find(uid: string): SandboxRecord | undefined {
    return this.#records.get(uid);
  }

  /**
   * Make the namespace and attach it to the cluster network and to every extra network.
   * When an attachment fails, all are detached and the namespace goes; nothing half made stays.
   *
   * @throws {LabError} LAB_CNI; {HostError} when there can be no namespace
   */
  async create(pod: PodObject, first: FirstNetwork | undefined, extra: readonly ExtraNetwork[]): Promise<SandboxRecord> {
    const id = randomBytes(6).toString('hex');
    const { uid, namespace, name } = pod.metadata;
    const identity = { id, uid, namespace, name };
    await this.remove(uid);
    if (pod.spec.hostNetwork === true) return this.#keep({ ...identity, addresses: this.#options.hostAddresses });
    // It was ready when this was planned. Without it there is no sandbox: never the node's own network in its place.
    if (first === undefined) throw new LabError('LAB_CNI', `network of ${namespace}/${name}: the node's network is not ready`);
    const netns = join(NETNS_DIR, `${this.#options.prefix}${id}`);
    // On disk before it exists: a kubelet that dies in here leaves a record by which the next one cleans up.
    this.#keep({ ...identity, netns, addresses: [] });
    try {
      await makeNamespace(netns);
      const attached: AttachedNetwork[] = [];
      const result = await this.#options.cni.add(first.list, attachmentOf(pod, { id, netns }, first.selection));
      attached.push({ name: first.name, ifName: 'eth0', isDefault: true, result });
      for (const { selection, list } of extra) {
        const extraResult = await this.#options.cni.add(list, attachmentOf(pod, { id, netns }, selection));
        attached.push({
          name: `${selection.namespace}/${selection.name}`,
          ifName: selection.interface,
          isDefault: false,
          result: extraResult,
        });
      }
      return this.#keep({ ...identity, netns, addresses: podAddresses(result, 'eth0'), networkStatus: networkStatus(attached) });
    } catch (error) {
      await this.remove(uid).catch(() => undefined);
      throw error;
    }
  }

  /**
   * Attach a sandbox that is there to further networks, and detach it from others, until those beside the first are these; as Multus's
   * dynamic networks controller does. What was done before a failure is in the record.
   *
   * @throws {LabError} LAB_CNI when a plugin fails; a network that could not be attached is detached again
   */
  async update(pod: PodObject, wanted: readonly ExtraNetwork[]): Promise<SandboxRecord | undefined> {
    const record = this.#records.get(pod.metadata.uid);
    if (record?.netns === undefined) return record;
    const { id, netns } = record;
    const { cni } = this.#options;
    const present = cni.cache.of(id).filter(({ attachment }) => attachment.ifName !== 'eth0');
    const isWanted = ({ list, attachment }: CachedAttachment): boolean =>
      wanted.some((each) => each.list.name === list.name && each.selection.interface === attachment.ifName);
    for (const entry of present.toReversed()) {
      if (isWanted(entry)) continue;
      await cni.del(entry.list, { ...entry.attachment, netns });
      this.#keepStatus(pod, (networks) => networks.filter(({ interface: name }) => name !== entry.attachment.ifName));
    }
    for (const each of wanted) {
      if (present.some((entry) => isWanted(entry) && entry.attachment.ifName === each.selection.interface)) continue;
      const status = await this.#attach(pod, { id, netns }, each);
      this.#keepStatus(pod, (networks) => [...networks, ...status]);
    }
    return this.#records.get(pod.metadata.uid);
  }

  async #attach(pod: PodObject, sandbox: { readonly id: string; readonly netns: string }, each: ExtraNetwork): Promise<NetworkStatus[]> {
    const { cni } = this.#options;
    const { selection, list } = each;
    const attachment = attachmentOf(pod, sandbox, selection);
    try {
      const result = await cni.add(list, attachment);
      const name = `${selection.namespace}/${selection.name}`;
      return parseStatus(networkStatus([{ name, ifName: selection.interface, isDefault: false, result }]));
    } catch (error) {
      await cni.del(list, attachment).catch(() => undefined);
      throw error;
    }
  }

  #keepStatus({ metadata }: PodObject, change: (networks: readonly NetworkStatus[]) => readonly NetworkStatus[]): void {
    const record = this.#records.get(metadata.uid);
    if (record !== undefined) this.#keep({ ...record, networkStatus: JSON.stringify(change(parseStatus(record.networkStatus ?? '[]'))) });
  }

  /**
   * Detach a pod's sandbox from its networks and delete its namespace; what is gone already is fine.
   *
   * @throws {LabError} LAB_CNI when a plugin's DEL fails; the record stays, so that it is tried again
   */
  async remove(uid: string): Promise<void> {
    const record = this.#records.get(uid);
    if (record === undefined) return;
    if (record.netns !== undefined) {
      await this.#options.cni.delAll(record.id, existsSync(record.netns) ? record.netns : '');
      deleteNetns(record.netns);
    }
    rmSync(this.#file(uid), { force: true });
    this.#records.delete(uid);
  }

  #keep(record: SandboxRecord): SandboxRecord {
    const file = this.#file(record.uid);
    // Whole or not at all: a kubelet that dies in here must not leave a file that the next one can't read.
    writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
    renameSync(`${file}.new`, file);
    this.#records.set(record.uid, record);
    return record;
  }

  #file(uid: string): string {
    return join(this.#dir, `${uid.replaceAll(/[^A-Za-z0-9-]/g, '_')}.json`);
  }
}

/** One network in the annotation. */
interface NetworkStatus {
  readonly interface: string;
}

function parseStatus(text: string): NetworkStatus[] {
  return JSON.parse(text) as NetworkStatus[];
}

/** The records in a kubelet's folder of sandboxes. */
export function readSandboxes(dir: string): readonly SandboxRecord[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(dir, name), 'utf8')) as SandboxRecord);
}

async function makeNamespace(path: string): Promise<void> {
  using netns = createNetns(path);
  using links = rtnl(netns);
  await links.changeLink('lo', { up: true });
}
