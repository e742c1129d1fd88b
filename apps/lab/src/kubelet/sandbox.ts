/** A pod's sandbox: its network namespace and what CNI made in it. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NETNS_DIR } from '../infra/layout.ts';
import { ipBatch, runTool } from '../infra/tool.ts';
import { attachmentOf } from './cni/attachment.ts';
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

  constructor(options: SandboxesOptions) {
    this.#options = options;
    this.#dir = join(options.root, 'sandboxes');
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
  }

  /** The sandboxes that are there, from this run or an earlier one. */
  existing(): readonly SandboxRecord[] {
    return readdirSync(this.#dir)
      .filter((name) => name.endsWith('.json'))
      .map((name) => JSON.parse(readFileSync(join(this.#dir, name), 'utf8')) as SandboxRecord);
  }

  /**
   * Make the namespace and attach it to the cluster network and to every extra network.
   * When an attachment fails, all are detached and the namespace goes; nothing half made stays.
   *
   * @throws {LabError} LAB_CNI, LAB_TOOL_FAILED
   */
  async create(pod: PodObject, cluster: NetworkConfigList | undefined, extra: readonly ExtraNetwork[]): Promise<SandboxRecord> {
    const id = randomBytes(6).toString('hex');
    const { uid, namespace, name } = pod.metadata;
    const identity = { id, uid, namespace, name };
    for (const left of this.existing()) if (left.uid === uid) await this.remove(left.id);
    if (pod.spec.hostNetwork === true || cluster === undefined) return this.#keep({ ...identity, addresses: this.#options.hostAddresses });
    const netnsName = `${this.#options.prefix}${id}`;
    const netns = join(NETNS_DIR, netnsName);
    // On disk before it exists: a kubelet that dies in here leaves a record by which the next one cleans up.
    this.#keep({ ...identity, netns, addresses: [] });
    try {
      await runTool(['ip', 'netns', 'add', netnsName]);
      await ipBatch(netnsName, ['link set lo up']);
      const attached: AttachedNetwork[] = [];
      const result = await this.#options.cni.add(cluster, attachmentOf(pod, { id, netns }));
      attached.push({ name: cluster.name, ifName: 'eth0', isDefault: true, result });
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
      await this.remove(id).catch(() => undefined);
      throw error;
    }
  }

  /**
   * Detach a sandbox from its networks and delete its namespace; what is gone already is fine.
   *
   * @throws {LabError} LAB_CNI when a plugin's DEL fails; the record stays, so that it is tried again
   */
  async remove(id: string): Promise<void> {
    const record = this.existing().find((sandbox) => sandbox.id === id);
    if (record === undefined) return;
    if (record.netns !== undefined) {
      const isThere = existsSync(record.netns);
      await this.#options.cni.delAll(id, isThere ? record.netns : '');
      if (isThere) await runTool(['ip', 'netns', 'delete', record.netns.slice(NETNS_DIR.length + 1)]);
    }
    rmSync(this.#file(record.uid), { force: true });
  }

  #keep(record: SandboxRecord): SandboxRecord {
    writeFileSync(this.#file(record.uid), JSON.stringify(record), { mode: 0o600 });
    return record;
  }

  #file(uid: string): string {
    return join(this.#dir, `${uid.replaceAll(/[^A-Za-z0-9-]/g, '_')}.json`);
  }
}
