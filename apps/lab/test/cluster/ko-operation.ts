/** Those subcommands of `ko` that act: logs, new starts, backups that are put back. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KubeObject, type Pod, resources, type Workload } from '@kube-ovn/api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Lab } from '../../src/lab/lab.ts';
import { ko, koArgv, koIn } from './ko.ts';
import { ping } from './listen.ts';
import { disagreements, eventually, type LabRef, namespaceObject, nbctl, netnsOf, readyPod, removeNamespaces } from './support.ts';

const NAMESPACE = 'ko-operation';
const folder = mkdtempSync(join(tmpdir(), 'ko-operation-'));

export function koOperation(lab: LabRef): void {
  let here: Pod;
  let there: Pod;

  beforeAll(async () => {
    await lab().client.create(resources.namespace, namespaceObject(NAMESPACE));
    [here, there] = await Promise.all([
      readyPod(lab(), { name: 'here', namespace: NAMESPACE, node: 'node1' }),
      readyPod(lab(), { name: 'there', namespace: NAMESPACE, node: 'node2' }),
    ]);
    await lab().client.create(resources.deployment, workload('Deployment', { name: 'kube-ovn-controller', spec: { replicas: 1 } }));
    const byHand = { updateStrategy: { type: 'OnDelete' } };
    await lab().client.create(resources.daemonSet, workload('DaemonSet', { name: 'ovs-ovn', app: 'ovs', spec: byHand }));
    await eventually('both workloads are there', async () => (await readyPods(lab())).length === 1 + lab().layout.nodes || undefined);
  }, 60_000);

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await removeNamespaces(lab(), [NAMESPACE]);
  }, 60_000);

  it('prints the logs of a node, each line with its program, and says which there are', async () => {
    const printed = await ko(lab(), 'log', 'ovs-ovn', 'daemon', '--node', 'node1', '--lines', '2');
    const programs = new Set(
      printed.stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' | ')[0]),
    );
    expect({ code: printed.code, programs: [...programs] }).toEqual({
      code: 0,
      programs: ['node1 ovn-controller', 'node1 ovs-vswitchd', 'node1 ovsdb-server', 'node1 daemon'].filter((program) =>
        programs.has(program),
      ),
    });
    expect(programs).toContain('node1 daemon');
    const read = await ko(lab(), 'log', 'controller', '--lines', '1', '-o', 'json');
    expect(JSON.parse(read.stdout)).toMatchObject({
      logs: [{ program: 'controller-1', lines: [expect.any(String)] }, { program: 'controller-2' }],
    });
    expect(await ko(lab(), 'log', 'speaker')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('there is no log of speaker; there are those of ovn-central'),
    });
  });

  it('follows a log until it is told to stop', async () => {
    const [program, ...args] = koArgv(['log', 'daemon', '--node', 'node1', '--lines', '1', '--follow']);
    const child = spawn(program, args, {
      env: { ...process.env, KO_SITE: join(lab().layout.dir, 'site.json') },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    const ended = new Promise<number | null>((resolve) => {
      child.once('close', resolve);
    });
    await eventually('the last line', () => text !== '' || undefined);
    await readyPod(lab(), { name: 'followed', namespace: NAMESPACE, node: 'node1' });
    await eventually('a line about the new pod', () => text.includes('followed') || undefined);
    child.kill('SIGINT');
    expect(await ended).toBe(0);
  }, 60_000);

  it('without a site, logs and new starts are those of pods and their workloads', async () => {
    const asked = (...args: readonly string[]) => koIn({ KUBECONFIG: lab().kubeconfig, KUBE_OVN_NS: NAMESPACE }, args);
    const before = await readyPods(lab());
    const printed = await asked('log', 'ovs-ovn', '--node', 'node1', '-o', 'json');
    expect(JSON.parse(printed.stdout)).toMatchObject({ logs: [{ part: 'ovs-ovn', node: 'node1', lines: ['ovs: started'] }] });
    const reloaded = await asked('reload', '-o', 'json');
    expect(JSON.parse(reloaded.stdout)).toMatchObject({ reloaded: [{ part: 'ovs-ovn' }, { part: 'controller' }] });
    const after = await readyPods(lab());
    const kept = after.filter(({ metadata }) => before.some((pod) => pod.metadata.uid === metadata.uid));
    expect({ before: before.length, after: after.length, kept }).toEqual({
      before: 1 + lab().layout.nodes,
      after: before.length,
      kept: [],
    });
  }, 90_000);

  it('programs that are in no pods are left to whoever started them', async () => {
    expect(await ko(lab(), 'reload', 'controller')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('there is none of controller in namespace kube-system'),
    });
  });

  it('puts a backup in the place of what OVN has, and pods reach each other as before', async () => {
    const [backup, before] = [join(folder, 'nb.backup'), join(folder, 'nb.before')];
    const saved = await ko(lab(), 'nb', 'backup', backup);
    await nbctl(lab(), 'ls-add', 'ko-restore');
    const restored = await ko(lab(), 'nb', 'restore', backup, '--before', before, '--yes');
    const switches = await nbctl(lab(), '--bare', '--columns=name', 'list', 'Logical_Switch');
    expect({ saved: saved.code, restored: restored.code, said: restored.stderr, hasNew: switches.includes('ko-restore') }).toEqual({
      saved: 0,
      restored: 0,
      said: '',
      hasNew: false,
    });
    await eventually('packets pass', async () => (await ping(netnsOf(lab(), here), there.status?.podIP ?? '', 3)) === 3 || undefined);
    expect(await disagreements(lab())).toBe('');
  }, 90_000);

  it('and in the place of what its nodes have, which go on: a new pod is reached too', async () => {
    const [backup, before] = [join(folder, 'sb.backup'), join(folder, 'sb.before')];
    await ko(lab(), 'sb', 'backup', backup);
    const late = await readyPod(lab(), { name: 'late', namespace: NAMESPACE, node: 'node3' });
    const restored = await ko(lab(), 'sb', 'restore', backup, '--before', before, '--yes');
    expect({ code: restored.code, said: restored.stderr, kept: existsSync(before) }).toEqual({ code: 0, said: '', kept: true });
    for (const to of [there, late])
      await eventually(
        `packets reach ${to.metadata.name}`,
        async () => (await ping(netnsOf(lab(), here), to.status?.podIP ?? '', 3)) === 3 || undefined,
      );
    expect(await disagreements(lab())).toBe('');
  }, 90_000);
}

/** Pods of the workloads, ready ones. */
async function readyPods(lab: Lab): Promise<readonly Pod[]> {
  const { items } = await lab.client.list(resources.pod, { namespace: NAMESPACE, labelSelector: 'app' });
  return items.filter(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined &&
      status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True'),
  );
}

/** As in an installation, with a program that only says that it has started. */
function workload(
  kind: string,
  { name, app = name, spec }: { readonly name: string; readonly app?: string; readonly spec: object },
): Workload {
  const container = app === 'ovs' ? 'openvswitch' : name;
  const command = ['sh', '-c', `echo ${app}: started; exec sleep 1000000`];
  const template = {
    metadata: { labels: { app } },
    spec: { hostNetwork: true, terminationGracePeriodSeconds: 1, containers: [{ name: container, image: 'busybox', command }] },
  };
  const object: KubeObject & { readonly spec: object } = {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: NAMESPACE },
    spec: { selector: { matchLabels: { app } }, template, ...spec },
  };
  return object as Workload;
}
