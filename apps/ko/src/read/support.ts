/** Everything that a bundle for support has, read one by one: what can not be read is missed, and the others are read all the same. */
import { type ConfigMap, type KubeObject, type Resource, resources } from '@kube-ovn/api';
import { KubeError } from '@kube-ovn/kube';
import { stringify } from 'yaml';
import type { Bundle, Keep } from '../bundle/bundle.ts';
import { nodeQuestions } from '../bundle/node-state.ts';
import { redactObject, redactText } from '../bundle/redact.ts';
import type { Context } from '../cli/context.ts';
import { printReport, reportOf } from '../diagnose/report.ts';
import { type DatabaseMember, databaseNames, clusterStatus } from '../site/cluster.ts';
import { eachNode } from '../site/each-node.ts';
import { attempt, capture, Kept } from '../site/place.ts';
import type { DatabaseKind } from '../site/site.ts';
import { isClustered } from './databases.ts';
import { readParts } from './diagnosis.ts';

export interface SupportOptions {
  /** Whose state and logs are taken; undefined for all. */
  readonly nodes: readonly string[] | undefined;
  /** The last so many of each log. */
  readonly lines: number;
  /** Warnings are told from then on. */
  readonly sinceMs: number;
}

/** Fill a bundle: what says most comes first, since room may run out. */
export async function fillBundle(into: Bundle, context: Context, options: SupportOptions): Promise<void> {
  await addReport(into, context, options);
  await addObjects(into, context);
  for (const kind of ['nb', 'sb'] as const) await addDatabase(into, context, kind);
  await addLogs(into, context, options);
  await addNodes(into, context, options);
}

interface Item {
  readonly path: string;
  readonly what: string;
  readonly keep?: Keep;
  /** Text; secrets are taken out of it. */
  readonly read: () => Promise<string | undefined>;
}

/** @returns whether it is in, or there was nothing */
async function add(into: Bundle, { path, what, keep = 'head', read }: Item): Promise<void> {
  try {
    const text = await read();
    if (text !== undefined && text !== '') into.add(path, what, { content: Buffer.from(redactText(text)), keep });
  } catch (error) {
    into.miss(path, what, redactText(error instanceof Error ? error.message : String(error)));
  }
}

function addReport(into: Bundle, context: Context, { nodes, sinceMs }: SupportOptions): Promise<void> {
  const about = nodes === undefined ? 'the cluster' : `nodes ${nodes.join(', ')}`;
  const read = async (): Promise<string> => `${printReport(reportOf(about, await readParts(context, { nodes, sinceMs })))}\n`;
  return add(into, { path: 'diagnose.txt', what: 'ko diagnose', read });
}

/** Of kinds that need not be there, none is fine. Secrets are not even asked for. */
async function addObjects(into: Bundle, context: Context): Promise<void> {
  const kinds = (Object.values(resources) as readonly Resource<KubeObject>[]).filter(({ kind }) => kind !== 'Secret');
  for (const resource of kinds) {
    const group = resource.apiVersion.includes('/') ? `.${resource.apiVersion.split('/')[0] ?? ''}` : '';
    await add(into, {
      path: `objects/${resource.plural}${group}.yaml`,
      what: `every ${resource.kind}${resource.kind === 'ConfigMap' ? ' of Kube-OVN' : ''}`,
      read: () => readObjects(context, resource),
    });
  }
}

async function readObjects({ client, systemNamespace }: Context, resource: Resource<KubeObject>): Promise<string | undefined> {
  try {
    const isConfig = resource.kind === 'ConfigMap';
    const { items } = await client.list<KubeObject>(resource, isConfig ? { namespace: systemNamespace } : {});
    const kept = isConfig ? items.filter(isOurs) : items;
    if (kept.length === 0) return undefined;
    const redacted = kept.map((item) => redactObject(item, { keepsPrograms: item.metadata.namespace === systemNamespace }));
    return redacted.map((item) => `---\n${stringify(item, { aliasDuplicateObjects: false, lineWidth: 0 })}`).join('');
  } catch (error) {
    if (error instanceof KubeError && error.code === 'KUBE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** Other ConfigMaps of the namespace are other people's. */
function isOurs({ metadata }: ConfigMap): boolean {
  return /^(?:kube-ovn|ovn-)/.test(metadata.name);
}

async function addDatabase(into: Bundle, { cluster }: Context, kind: DatabaseKind): Promise<void> {
  const name = databaseNames[kind];
  await add(into, {
    path: `databases/${kind}-servers.txt`,
    what: `servers of ${name}`,
    read: async () => (await Promise.all((await cluster.members(kind)).map((member) => statusOf(kind, member)))).join('\n'),
  });
  await add(into, {
    path: `databases/${kind}-show.txt`,
    what: `overview of ${name}`,
    read: async () => {
      const { place, remote } = await cluster.leader(kind);
      return capture(place, [`ovn-${kind}ctl`, `--db=${remote}`, '--no-leader-only', '--timeout=30', 'show']);
    },
  });
  const [path, what] = [`databases/ovn${kind}_db.backup`, `${name} as a standalone database; for ovsdb-tool and "ko ${kind} restore"`];
  try {
    const { place, remote } = await cluster.leader(kind);
    const content = Buffer.from(await capture(place, ['ovsdb-client', '--timeout=60', 'backup', remote, name]));
    into.add(path, what, { content, keep: 'whole' });
  } catch (error) {
    into.miss(path, what, error instanceof Error ? error.message : String(error));
  }
}

async function statusOf(kind: DatabaseKind, member: DatabaseMember): Promise<string> {
  const title = `${member.place.name}  ${member.remote}`;
  try {
    return `${title}\n${(await isClustered(kind, member)) ? await clusterStatus(kind, member) : '  standalone: one server, no cluster\n'}`;
  } catch (error) {
    return `${title}\n  ${error instanceof Error ? error.message : String(error)}\n`;
  }
}

async function addLogs(into: Bundle, { cluster, terminal }: Context, { nodes, lines }: SupportOptions): Promise<void> {
  const all = await cluster.logs().catch((error: unknown) => {
    into.miss('logs', 'logs', error instanceof Error ? error.message : String(error));
    return [];
  });
  const sources = all.filter(({ node }) => nodes === undefined || node === undefined || nodes.includes(node));
  for (const source of sources) {
    const { part, program, node, name } = source;
    await add(into, {
      path: `logs/${part}/${node === undefined ? '' : `${node}-`}${program}.log`,
      what: `the last ${lines} lines of ${name}`,
      keep: 'tail',
      read: async () => {
        const text = new Kept();
        await source.print(text, { lines, follow: false, previous: false, signal: terminal.signal });
        return text.text();
      },
    });
  }
}

async function addNodes(into: Bundle, { cluster }: Context, { nodes }: SupportOptions): Promise<void> {
  const names = nodes ?? (await cluster.nodes().catch(() => []));
  await eachNode(names, async (node) => {
    const places = await cluster.node(node).catch((error: unknown) => {
      into.miss(`nodes/${node}`, 'state of the node', error instanceof Error ? error.message : String(error));
      return undefined;
    });
    if (places === undefined) return;
    for (const { file, what, argv } of nodeQuestions(places)) {
      await add(into, {
        path: `nodes/${node}/${file}`,
        what,
        read: async () => {
          const { code, stdout, stderr } = await attempt(places.place, argv);
          if (code !== 0) throw new Error(`${argv.join(' ')} ended with exit code ${code}: ${stderr.trim()}`);
          return stdout;
        },
      });
    }
  });
}
