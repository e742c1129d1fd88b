/**
 * What a plugin is called with: pure, from list, attachment and verb.
 * @source CNI SPEC section 2 (environment) and section 3, "Deriving execution configuration from plugin configuration"
 */
import type { Attachment, CniResult, NetworkConfigList, PluginConfig, Verb } from './types.ts';

export interface ExecutionInput {
  readonly list: NetworkConfigList;
  readonly plugin: PluginConfig;
  readonly capabilityArgs?: Readonly<Record<string, unknown>>;
  readonly prevResult?: CniResult;
  /** GC alone: what is to stay */
  readonly validAttachments?: readonly { readonly containerID: string; readonly ifname: string }[];
}

/** The configuration that a plugin reads from its standard input. */
export function executionConfig(input: ExecutionInput): Readonly<Record<string, unknown>> {
  const { list, plugin, capabilityArgs = {}, prevResult, validAttachments } = input;
  const { capabilities = {}, ...own } = plugin;
  const runtimeConfig = Object.fromEntries(Object.entries(capabilityArgs).filter(([name]) => capabilities[name] === true));
  return {
    ...own,
    cniVersion: list.cniVersion,
    name: list.name,
    ...(Object.keys(runtimeConfig).length > 0 && { runtimeConfig }),
    ...(prevResult !== undefined && { prevResult }),
    ...(validAttachments !== undefined && { 'cni.dev/valid-attachments': validAttachments }),
  };
}

/** The `CNI_*` environment of a call; GC and STATUS have no attachment. */
export function executionEnvironment(verb: Verb, path: readonly string[], attachment?: Attachment): Readonly<Record<string, string>> {
  const CNI_PATH = path.join(':');
  if (attachment === undefined) return { CNI_COMMAND: verb, CNI_PATH };
  return {
    CNI_COMMAND: verb,
    CNI_CONTAINERID: attachment.containerId,
    CNI_NETNS: attachment.netns,
    CNI_IFNAME: attachment.ifName,
    CNI_ARGS: attachment.args.map(([key, value]) => `${key}=${value}`).join(';'),
    CNI_PATH,
  };
}
