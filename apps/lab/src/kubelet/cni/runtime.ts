/** A CNI runtime: the verbs over whole lists, with the cache. @source CNI SPEC section 3, "Lifecycle & Ordering" */
import { LabError } from '../../errors.ts';
import { AttachmentCache } from './cache.ts';
import { executionConfig, executionEnvironment } from './execution.ts';
import { callPlugin, type PluginCall } from './plugin.ts';
import { compareVersions, type Attachment, type CniResult, type NetworkConfigList, type Verb } from './types.ts';

export interface CniRuntimeOptions {
  /** folder of cached results */
  readonly cacheDir: string;
  /** plugin folders, in order */
  readonly path: readonly string[];
  /** how a plugin is run; the real thing by default */
  readonly call?: (call: PluginCall) => Promise<unknown>;
}

export class CniRuntime {
  readonly cache: AttachmentCache;
  readonly #path: readonly string[];
  readonly #call: (call: PluginCall) => Promise<unknown>;

  constructor(options: CniRuntimeOptions) {
    this.cache = new AttachmentCache(options.cacheDir);
    this.#path = options.path;
    this.#call = options.call ?? callPlugin;
  }

  /**
   * Attach: every plugin in order, each with the result of the one before it.
   * The attachment is cached before the first call, so that a DEL can follow whatever happens.
   *
   * @throws {LabError} LAB_CNI from the first plugin that fails; the caller then calls `del`
   */
  async add(list: NetworkConfigList, attachment: Attachment): Promise<CniResult> {
    this.cache.write({ list, attachment });
    let prevResult: CniResult | undefined;
    for (const plugin of list.plugins) {
      const answer = await this.#run(
        'ADD',
        { list, plugin, capabilityArgs: attachment.capabilityArgs, ...(prevResult && { prevResult }) },
        attachment,
      );
      if (typeof answer !== 'object' || answer === null) throw new LabError('LAB_CNI', `plugin ${plugin.type}: ADD gave no result object`);
      prevResult = answer as CniResult;
    }
    const result = prevResult ?? {};
    this.cache.write({ list, attachment, result });
    return result;
  }

  /** Detach: every plugin in reverse order, with the cached configuration and result when there are any. */
  async del(list: NetworkConfigList, attachment: Attachment): Promise<void> {
    const cached = this.cache
      .of(attachment.containerId)
      .find((entry) => entry.list.name === list.name && entry.attachment.ifName === attachment.ifName);
    const used = cached?.list ?? list;
    const prevResult = cached?.result;
    for (const plugin of used.plugins.toReversed()) {
      await this.#run(
        'DEL',
        { list: used, plugin, capabilityArgs: attachment.capabilityArgs, ...(hasPrevResultOnDel(used) && prevResult && { prevResult }) },
        attachment,
      );
    }
    this.cache.remove(list.name, attachment);
  }

  /** Detach everything that a sandbox was attached to, last attachment first. `netns` is empty when it is gone. */
  async delAll(containerId: string, netns: string): Promise<void> {
    for (const { list, attachment } of this.cache.of(containerId).toReversed()) await this.del(list, { ...attachment, netns });
  }

  /** Check that an attachment is as ADD left it; nothing is asked of a list that is older than 0.4.0 or says disableCheck. */
  async check(containerId: string): Promise<void> {
    for (const { list, attachment, result } of this.cache.of(containerId)) {
      if (list.disableCheck === true || result === undefined || compareVersions(list.cniVersion, '0.4.0') < 0) continue;
      for (const plugin of list.plugins)
        await this.#run('CHECK', { list, plugin, capabilityArgs: attachment.capabilityArgs, prevResult: result }, attachment);
    }
  }

  /** Tell plugins which attachments are alive, so that they drop the others; from version 1.1.0 on. */
  async gc(list: NetworkConfigList, aliveContainerIds: ReadonlySet<string>): Promise<void> {
    for (const { list: old, attachment } of this.cache.all()) {
      if (old.name === list.name && !aliveContainerIds.has(attachment.containerId)) await this.del(old, { ...attachment, netns: '' });
    }
    if (list.disableGC === true || compareVersions(list.cniVersion, '1.1.0') < 0) return;
    const validAttachments = this.cache
      .all()
      .filter((entry) => entry.list.name === list.name)
      .map(({ attachment }) => ({ containerID: attachment.containerId, ifname: attachment.ifName }));
    for (const plugin of list.plugins) await this.#run('GC', { list, plugin, validAttachments });
  }

  /** Ask every plugin whether it is ready to attach; from version 1.1.0 on. @throws {LabError} LAB_CNI when one is not */
  async status(list: NetworkConfigList): Promise<void> {
    if (compareVersions(list.cniVersion, '1.1.0') < 0) return;
    for (const plugin of list.plugins) await this.#run('STATUS', { list, plugin });
  }

  #run(verb: Verb, input: Parameters<typeof executionConfig>[0], attachment?: Attachment): Promise<unknown> {
    return this.#call({
      type: input.plugin.type,
      path: this.#path,
      config: executionConfig(input),
      environment: executionEnvironment(verb, this.#path, attachment),
    });
  }
}

/** A DEL carries `prevResult` from version 0.4.0 on. */
function hasPrevResultOnDel(list: NetworkConfigList): boolean {
  return compareVersions(list.cniVersion, '0.4.0') >= 0;
}
