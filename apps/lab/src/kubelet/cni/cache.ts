/**
 * Results of ADD, kept on disk so that DEL and CHECK, after a restart of the kubelet too, are called with the
 * configuration and the result of their ADD. @source CNI SPEC section 4, "the runtime must cache the result"
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Attachment, CniResult, NetworkConfigList } from './types.ts';

export interface CachedAttachment {
  readonly list: NetworkConfigList;
  readonly attachment: Attachment;
  /** position among the sandbox's attachments: DEL goes the other way */
  readonly order: number;
  /** absent between the start of ADD and its success */
  readonly result?: CniResult;
}

export class AttachmentCache {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  }

  write(entry: Omit<CachedAttachment, 'order'>): void {
    const file = this.#file(entry.list.name, entry.attachment);
    const others = this.of(entry.attachment.containerId);
    const known = others.find(({ list, attachment }) => list.name === entry.list.name && attachment.ifName === entry.attachment.ifName);
    const order = known?.order ?? Math.max(-1, ...others.map((other) => other.order)) + 1;
    writeFileSync(`${file}.new`, JSON.stringify({ ...entry, order }), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  remove(network: string, attachment: Pick<Attachment, 'containerId' | 'ifName'>): void {
    rmSync(this.#file(network, attachment), { force: true });
  }

  /** Every cached attachment, in the order of their files' names. */
  all(): readonly CachedAttachment[] {
    return readdirSync(this.#dir)
      .filter((name) => name.endsWith('.json'))
      .toSorted()
      .map((name) => JSON.parse(readFileSync(join(this.#dir, name), 'utf8')) as CachedAttachment);
  }

  /** The attachments of one sandbox, in the order of their ADDs. */
  of(containerId: string): readonly CachedAttachment[] {
    return readdirSync(this.#dir)
      .filter((name) => name.startsWith(`${containerId}~`) && name.endsWith('.json'))
      .map((name) => JSON.parse(readFileSync(join(this.#dir, name), 'utf8')) as CachedAttachment)
      .toSorted((a, b) => a.order - b.order);
  }

  #file(network: string, attachment: Pick<Attachment, 'containerId' | 'ifName'>): string {
    return join(this.#dir, `${attachment.containerId}~${attachment.ifName}~${network}.json`);
  }
}
