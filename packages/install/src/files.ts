/** The files that users get: the plain manifest and the chart. */
import { installation, parts } from './installation.ts';
import { cleanupPart } from './objects/cleanup.ts';
import { conditionsOf, type Part } from './objects/common.ts';
import { nested, paths, settings, type SettingPath, type Values, valuesWith } from './settings.ts';
import { type Json, resolve } from './template.ts';
import { printYaml } from './yaml.ts';

/** Addresses for documentation: the plain manifest's user puts his own in their place. @source RFC 5737 */
export const exampleAddresses: Partial<Values> = { 'central.addresses': ['192.0.2.1', '192.0.2.2', '192.0.2.3'] };

const note = '# Written by `npm run deploy -w packages/install`; a test keeps it so.\n';

/** Text of `install.yaml`. */
export function manifest(given: Partial<Values> = exampleAddresses): string {
  const head = `${note}# Put the InternalIPs of the nodes with the label kube-ovn/role=master in the place of 192.0.2.1,192.0.2.2,192.0.2.3 (docs/install.md).\n`;
  return `${head}---\n${installation(given)
    .map((object) => printYaml(object as unknown as Json))
    .join('---\n')}`;
}

/** Text of `cleanup.yaml`. */
export function cleanupManifest(): string {
  return `${note}# Part of the removal, which uninstall.sh does in order.\n${printYaml(resolve(cleanupPart.object, valuesWith({})))}`;
}

/** Files of the chart by their paths. */
export function chart(version: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>([
    ['Chart.yaml', `${note}${printYaml(chartFile(version))}`],
    ['values.yaml', valuesFile()],
    ['values.schema.json', `${JSON.stringify(valuesSchema(), undefined, 2)}\n`],
  ]);
  for (const part of parts) {
    const file = `templates/${part.file}`;
    files.set(file, `${files.get(file) ?? ''}${templateOf(part)}`);
  }
  return files;
}

function chartFile(version: string): Json {
  return {
    apiVersion: 'v2',
    name: 'kube-ovn',
    description: 'A Kubernetes network built on OVN and Open vSwitch',
    type: 'application',
    version,
    appVersion: version,
    kubeVersion: '>=1.30.0-0',
  };
}

function templateOf(part: Part): string {
  const text = `---\n${printYaml(part.object)}`;
  const settings = conditionsOf(part).map((path) => `.Values.${path}`);
  if (settings.length === 0) return text;
  return `{{- if ${settings.length === 1 ? '' : 'and '}${settings.join(' ')} }}\n${text}{{- end }}\n`;
}

/** Settings of each group together, in the order of the table. */
function groups(): ReadonlyMap<string, readonly SettingPath[]> {
  return Map.groupBy(paths, (path) => path.split('.')[0] ?? '');
}

function valuesFile(): string {
  const lines = [...groups()].flatMap(([group, members]) =>
    members[0] === group
      ? [`# ${settings[group as SettingPath].doc}`, ...entry(group, settings[group as SettingPath].default, '')]
      : [
          `${group}:`,
          ...members.flatMap((path) => [`  # ${settings[path].doc}`, ...entry(path.slice(group.length + 1), settings[path].default, '  ')]),
        ],
  );
  return `${note}${lines.join('\n')}\n`;
}

function entry(name: string, setting: Json, indent: string): readonly string[] {
  return printYaml({ [name]: setting })
    .trimEnd()
    .split('\n')
    .map((line) => `${indent}${line}`);
}

function valuesSchema(): Json {
  const described = (path: SettingPath): Json => ({
    description: settings[path].doc,
    ...(settings[path].schema as Readonly<Record<string, Json>>),
  });
  const properties = [...groups()].map(([group, members]): readonly [string, Json] => [
    group,
    members[0] === group
      ? described(group as SettingPath)
      : {
          type: 'object',
          additionalProperties: false,
          properties: Object.fromEntries(members.map((path) => [path.slice(group.length + 1), described(path)])),
        },
  ]);
  // what Helm adds by itself
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    additionalProperties: false,
    properties: { global: { type: 'object' }, ...Object.fromEntries(properties) },
  };
}

/** The table of settings in docs/install.md. */
export function settingsTable(): string {
  const shown = (setting: Json): string => `\`${typeof setting === 'string' ? setting : JSON.stringify(setting)}\``;
  const rows = paths.map((path) => {
    const setting: Json = settings[path].default;
    return `| \`${path}\` | ${setting === '' ? '' : shown(setting)} | ${settings[path].doc.replaceAll('|', String.raw`\|`)} |`;
  });
  return ['| setting | default | what it is |', '|---|---|---|', ...rows].join('\n');
}

/** Settings as a file of values. */
export function valuesText(given: Partial<Values>): string {
  return JSON.stringify(nested(given));
}
