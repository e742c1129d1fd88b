/**
 * The CNI configuration inside a NetworkAttachmentDefinition: whether it concerns us, and under which provider.
 *
 * @source Kube-OVN, NetConf; CNI SPEC 1.1.0, "Configuration format"
 */
import { CNI_TYPE } from './cni-socket.ts';
import { attachmentProvider } from './names.ts';
import type { NetworkAttachmentDefinition } from './objects/network.ts';
import type { Reading } from './problem.ts';
import { describeObject, problem } from './problem.ts';

/** What an attachment asks of us. */
export interface AttachmentConfig {
  /** `interface`: the interface is ours. `addresses`: another plugin makes it and asks us for addresses. `none`: neither. */
  readonly role: 'interface' | 'addresses' | 'none';
  /** Provider of the subnet that serves it; empty for role `none`. */
  readonly provider: string;
}

const MAX_CONFIG = 65_536;
const FORMAT = 'a CNI configuration in JSON: an object with "type", or one with "plugins"';

type Fields = Readonly<Record<string, unknown>>;

/** Read an attachment definition. One without a configuration is left to the plugin directory of the node: it is not ours. */
export function readAttachmentConfig(definition: NetworkAttachmentDefinition): Reading<AttachmentConfig> {
  const text = definition.spec?.config?.trim() ?? '';
  if (text === '') return { ok: true, value: { role: 'none', provider: '' } };
  const plugins = text.length > MAX_CONFIG ? undefined : parsePlugins(text);
  if (plugins !== undefined) return { ok: true, value: describe(definition, plugins) };
  const object = describeObject(definition, 'NetworkAttachmentDefinition');
  return { ok: false, problem: problem({ code: 'API_BAD_FIELD', object, field: 'spec.config', value: text, hint: `must be ${FORMAT}` }) };
}

function describe(definition: NetworkAttachmentDefinition, plugins: readonly Fields[]): AttachmentConfig {
  const { name, namespace = 'default' } = definition.metadata;
  const ours = plugins.find((plugin) => plugin['type'] === CNI_TYPE);
  if (ours !== undefined)
    return { role: 'interface', provider: textOf(ours['provider']) || attachmentProvider({ name, namespace, isOvn: true }) };
  for (const plugin of plugins) {
    const ipam = plugin['ipam'];
    if (!isFields(ipam) || ipam['type'] !== CNI_TYPE) continue;
    return { role: 'addresses', provider: textOf(ipam['provider']) || attachmentProvider({ name, namespace, isOvn: false }) };
  }
  return { role: 'none', provider: '' };
}

function parsePlugins(text: string): readonly Fields[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isFields(value)) return undefined;
  const plugins = value['plugins'] ?? [value];
  return Array.isArray(plugins) && plugins.length > 0 && plugins.every((plugin) => isFields(plugin) && typeof plugin['type'] === 'string')
    ? plugins
    : undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
