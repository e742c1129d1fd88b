/** Read network configurations: text to `NetworkConfigList`, and the one of a folder that a runtime takes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../../errors.ts';
import { compareVersions, SUPPORTED_VERSIONS, type NetworkConfigList, type PluginConfig } from './types.ts';

/**
 * Parse a configuration: a list (`plugins`), or a single plugin, which is wrapped into a list.
 *
 * @param origin names the configuration in errors
 * @throws {LabError} LAB_CNI naming the field, its value and what is allowed
 * @source CNI SPEC section 1: cniVersion, cniVersions, name, plugins
 */
export function parseNetworkConfig(text: string, origin: string): NetworkConfigList {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new LabError('LAB_CNI', `${origin}: not JSON`, { cause });
  }
  if (!isRecord(parsed)) throw new LabError('LAB_CNI', `${origin}: want a JSON object`);
  const { name, disableCheck, disableGC } = parsed;
  if (typeof name !== 'string' || !/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) {
    throw new LabError(
      'LAB_CNI',
      `${origin}: name ${JSON.stringify(name)}: want letters, digits, "_", "." and "-", a letter or digit first`,
    );
  }
  const plugins = 'plugins' in parsed ? parsed['plugins'] : [parsed];
  if (!Array.isArray(plugins) || plugins.length === 0)
    throw new LabError('LAB_CNI', `${origin}: plugins: want a list with at least one plugin`);
  return {
    cniVersion: chooseVersion(parsed, origin),
    name,
    disableCheck: disableCheck === true || disableCheck === 'true',
    disableGC: disableGC === true || disableGC === 'true',
    plugins: plugins.map((plugin, i) => pluginConfig(plugin, `${origin}: plugins[${i}]`)),
  };
}

function pluginConfig(plugin: unknown, origin: string): PluginConfig {
  if (!isRecord(plugin)) throw new LabError('LAB_CNI', `${origin}: want a JSON object`);
  const { type } = plugin;
  // The type becomes a file name in the plugin folders: a path must not get through.
  if (typeof type !== 'string' || type === '' || type.includes('/')) {
    throw new LabError('LAB_CNI', `${origin}.type ${JSON.stringify(type)}: want the name of a plugin's file, without a path`);
  }
  return { ...plugin, type };
}

function chooseVersion(config: Readonly<Record<string, unknown>>, origin: string): string {
  const offered = [config['cniVersion'] ?? '0.1.0', ...(Array.isArray(config['cniVersions']) ? config['cniVersions'] : [])];
  const best = offered
    .filter((version): version is string => SUPPORTED_VERSIONS.includes(version as string))
    .toSorted(compareVersions)
    .at(-1);
  if (best === undefined) {
    throw new LabError('LAB_CNI', `${origin}: cniVersion ${offered.join(', ')}: want one of ${SUPPORTED_VERSIONS.join(', ')}`);
  }
  return best;
}

/**
 * The configuration that a folder holds: the lexically first file that is one.
 *
 * @returns undefined when there is none (yet)
 * @throws {LabError} LAB_CNI when the first file is unusable
 */
export function loadDefaultNetwork(dir: string): NetworkConfigList | undefined {
  const file = listFolder(dir)
    .filter((name) => /\.(conflist|conf|json)$/.test(name))
    .toSorted()[0];
  return file === undefined ? undefined : parseNetworkConfig(readFileSync(join(dir, file), 'utf8'), file);
}

/** The configuration of a folder that has this name, for a NetworkAttachmentDefinition without `spec.config`. */
export function loadNetworkNamed(dir: string, name: string): NetworkConfigList | undefined {
  for (const file of listFolder(dir)
    .filter((entry) => /\.(conflist|conf|json)$/.test(entry))
    .toSorted()) {
    const config = parseNetworkConfig(readFileSync(join(dir, file), 'utf8'), file);
    if (config.name === name) return config;
  }
  return undefined;
}

function listFolder(dir: string): readonly string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
