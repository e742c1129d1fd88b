/** `ko`, as somebody at a terminal uses it: on sockets of this machine, and in pods. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KubeObject, type Pod, resources } from '@kube-ovn/api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runTool, type ToolResult } from '../../src/infra/tool.ts';
import { siteFileOf } from '../../src/lab/site.ts';
import type { Lab } from '../../src/lab/lab.ts';
import {
  becomesReady,
  eventually,
  idlePod,
  type LabRef,
  namespaceObject,
  netnsOf,
  readyPod,
  remove,
  removeNamespaces,
  runningPid,
  subnet,
} from './support.ts';

const NAMESPACE = 'ko-test';
const MAIN = join(import.meta.dirname, '..', '..', '..', 'ko', 'src', 'main.ts');

/** Run `ko`; whatever it ends with. */
export function ko(lab: Lab, ...args: readonly string[]): Promise<ToolResult> {
  return koIn({ KO_SITE: siteFileOf(lab.layout) }, args);
}

/** Its command line, for those who run it themselves. */
export function koArgv(args: readonly string[]): readonly [program: string, ...args: readonly string[]] {
  return [process.execPath, '--conditions=@kube-ovn/source', '--disable-warning=ExperimentalWarning', MAIN, ...args];
}

/** Run `ko` with an environment of its own. */
export function koIn(env: Readonly<Record<string, string>>, args: readonly string[]): Promise<ToolResult> {
  return runTool(koArgv(args), {
    timeoutMs: 60_000,
    env,
    accept: [0, 1, 2, 3],
  });
}

export function koTool(lab: LabRef): void {
  let here: Pod;
  let there: Pod;
  const folder = mkdtempSync(join(tmpdir(), 'ko-'));

  beforeAll(async () => {
    await lab().client.create(resources.namespace, namespaceObject(NAMESPACE));
    [here, there] = await Promise.all([
      readyPod(lab(), { name: 'here', namespace: NAMESPACE, node: 'node1' }),
      readyPod(lab(), { name: 'there', namespace: NAMESPACE, node: 'node2' }),
    ]);
  }, 60_000);

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await removeNamespaces(lab(), [NAMESPACE]);
  }, 60_000);

  it.each([
    [['nbctl', 'show', 'ovn-default'], /switch [0-9a-f-]+ \(ovn-default\)[^]*port here\.ko-test/],
    [['sbctl', '--columns=name', 'list', 'Chassis'], /name +: node1/],
    [['vsctl', 'node1', 'list-br'], /^br-int$/m],
    [['ofctl', 'node2', 'show', 'br-int'], /n_tables:254/],
    [['dpctl', 'node1', 'show'], /br-int/],
    [['appctl', 'node3', 'version'], /ovs-vswitchd/],
    [['appctl', 'node3', '-t', 'ovn-controller', 'connection-status'], /^connected$/m],
    [['nb', 'status'], /standalone/],
    [['sb', 'dbstatus'], /: sound$/m],
    [['nbctl', '--help'], /ovn-nbctl: OVN northbound DB management utility/],
    [['graph', '--pods', '-n', NAMESPACE], /^flowchart LR\n[^]*"ko-test\/here<br\/>/],
    [['graph', '-o', 'yaml'], /^ {2}- id: vpc\/ovn-cluster\n {4}kind: vpc$/m],
    [['completion', 'bash'], /^ +'ko nb'\) where='ko nb'[^]*\ncomplete -F _ko ko$/m],
    [['graph', '-o', 'svg'], /<svg [^]*<title>vpc\/ovn&#45;cluster<\/title>/],
  ])('%j', async (args, expected) => {
    const { stdout, code } = await ko(lab(), ...args);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(expected) });
  });

  it.each(['nb', 'sb'])('a backup of %s is a database that can be served, and no file is written over', async (kind) => {
    const file = join(folder, `${kind}.db`);
    const backup = await ko(lab(), kind, 'backup', file);
    const again = await ko(lab(), kind, 'backup', file);
    const { stdout } = await runTool(['ovsdb-tool', 'db-name', file]);
    expect({ backup: backup.code, again: again.code, said: again.stderr, name: stdout.trim() }).toEqual({
      backup: 0,
      again: 3,
      said: expect.stringContaining(`EEXIST: file already exists, open '${file}'`),
      name: kind === 'nb' ? 'OVN_Northbound' : 'OVN_Southbound',
    });
  });

  it('traces a packet to another pod, by OVN’s rules and by the flows of the node', async () => {
    const { stdout, code } = await ko(lab(), 'trace', `${NAMESPACE}/here`, `${NAMESPACE}/there`, 'tcp', '80');
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/output to "there\.ko-test"[^]*ofproto\/trace[^]*Datapath actions: .*tnl/),
    });
  });

  it('traces to the outside by the router, to a service by an endpoint, and a question for an address', async () => {
    const out = await ko(lab(), 'trace', `${NAMESPACE}/here`, lab().layout.outside.host, 'icmp', '--ovn-only');
    const node = await ko(lab(), 'trace', 'node//node1', there.status?.podIP ?? '', 'udp', '53', '--ovn-only');
    const arp = await ko(lab(), 'trace', `${NAMESPACE}/here`, there.status?.podIP ?? '', 'arp', 'request', '--ovn-only');
    expect(out.stdout).toMatch(/output to "(node-node1|kube-ovn.gateway)"/);
    expect(node.stdout).toMatch(/output to "there\.ko-test"/);
    expect(arp.stdout).toMatch(/arp_reply|output to "here\.ko-test"/);
  });

  it('captures what a pod sends, and stops after as many packets as were asked for', async () => {
    const capture = ko(lab(), 'tcpdump', `${NAMESPACE}/here`, '-c', '2', 'icmp');
    const ping = runTool(
      ['nsenter', `--net=${netnsOf(lab(), here)}`, 'ping', '-i', '0.2', '-w', '20', '-c', '40', there.status?.podIP ?? ''],
      {
        accept: [0, 1],
        timeoutMs: 25_000,
      },
    );
    const { stdout, code } = await capture;
    await ping;
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(new RegExp(`IP ${here.status?.podIP} > ${there.status?.podIP}: ICMP echo request`)),
    });
  }, 60_000);

  it('finds nothing wrong with the nodes, and a Subnet whose packets no tunnel carries', async () => {
    const sound = await ko(lab(), 'env-check', '-o', 'json');
    const name = 'ko-jumbo';
    await lab().client.create(resources.subnet, subnet(name, { cidrBlock: '10.66.66.0/24,fd00:10:66:66::/112', mtu: 9000 }));
    const jumbo = await ko(lab(), 'env-check', 'node1', 'node2').finally(() => remove(lab(), resources.subnet, name));
    expect({ code: sound.code, answer: JSON.parse(sound.stdout) as unknown }).toMatchObject({
      code: 0,
      answer: { nodes: ['node1', 'node2', 'node3'] },
    });
    expect(jumbo).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^error +MTU_TOO_LARGE {2}Subnet ko-jumbo: .* 9000 bytes, and the tunnels of node node\d carry 1500/),
    });
  });

  it('diagnoses a node whose ovn-controller stands still, and leaves the others out', async () => {
    const pid = runningPid(lab(), 'node2-ovn-controller');
    const found = async (...args: readonly string[]): Promise<readonly string[]> => {
      const { stdout, stderr } = await ko(lab(), 'diagnose', ...args, '--since', '0', '-o', 'json');
      if (stdout === '') throw new Error(stderr);
      const { findings } = JSON.parse(stdout) as { readonly findings: readonly Readonly<Record<string, string>>[] };
      return findings.filter(({ severity }) => severity === 'error').map(({ code, object }) => `${code} ${object}`);
    };
    process.kill(pid, 'SIGSTOP');
    try {
      const [sick, sound] = await Promise.all([found('node', 'node2'), found('node', 'node1')]);
      expect({ sick, sound }).toEqual({ sick: ['OVN_CONTROLLER_SILENT node node2', 'CHASSIS_BEHIND node node2'], sound: [] });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await eventually('nothing left to find', async () => (await found('all')).length === 0 || undefined);
  }, 90_000);

  it('names the pods that send and receive most', async () => {
    const measured = ko(lab(), 'top', '--interval', '2', '--by', 'packets', '-n', NAMESPACE, '-o', 'json');
    const argv = ['ping', '-q', '-i', '0.05', '-w', '15', there.status?.podIP ?? ''];
    const ping = runTool(['nsenter', `--net=${netnsOf(lab(), here)}`, ...argv], { accept: [0, 1], timeoutMs: 20_000 });
    const { stdout } = await measured;
    await ping;
    const { pods } = JSON.parse(stdout) as {
      readonly pods: readonly { readonly pod: string; readonly sent: { readonly packetsPerSecond: number } }[];
    };
    const busy = pods.filter(({ sent }) => sent.packetsPerSecond > 5).map(({ pod }) => pod);
    expect(busy.toSorted((a, b) => (a < b ? -1 : 1))).toEqual([`${NAMESPACE}/here`, `${NAMESPACE}/there`]);
  }, 60_000);

  it('tells whose an address is', async () => {
    const address = there.status?.podIP ?? '';
    const held = await ko(lab(), 'ip', address);
    const free = await ko(lab(), 'ip', '10.255.255.254', '-o', 'json');
    expect(held).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/Pod ko-test\/there: [^]*IP there\.ko-test: allocated[^]*Subnet ovn-default: contains it/),
    });
    expect({ code: free.code, answer: JSON.parse(free.stdout) as unknown }).toMatchObject({
      code: 1,
      answer: { address: '10.255.255.254', answers: [], history: { releases: [] } },
    });
  });

  it('tells who had an address before, and who has it since', async () => {
    const { client } = lab();
    const address = '10.66.67.9';
    await client.create(resources.subnet, subnet('ko-history', { cidrBlock: '10.66.67.0/28', namespaces: [NAMESPACE] }));
    const annotations = { 'ovn.kubernetes.io/logical_switch': 'ko-history', 'ovn.kubernetes.io/ip_address': address };
    const holder = (name: string): Promise<Pod> => readyPod(lab(), { name, namespace: NAMESPACE, node: 'node1', annotations });
    const told = (...parts: readonly string[]): Promise<ToolResult> =>
      eventually(`ko ip says ${parts.join(' and ')}`, async () => {
        const answer = await ko(lab(), 'ip', address);
        return parts.every((part) => answer.stdout.includes(part)) ? answer : undefined;
      });
    try {
      await holder('first');
      expect((await told('Pod ko-test/first: address of the pod')).stdout).not.toContain('had it');
      const { metadata } = await client.get(resources.ip, `first.${NAMESPACE}`);
      await remove(lab(), resources.pod, `${NAMESPACE}/first`);
      const free = await told('had it');
      await holder('second');
      const held = await told('Pod ko-test/second: address of the pod');
      await remove(lab(), resources.pod, `${NAMESPACE}/second`);
      await told('Pod ko-test/second: had it');
      const past = await ko(lab(), 'ip', address, '-o', 'json');
      const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`;
      const first = String.raw`Pod ko-test/first: had it from ${metadata.creationTimestamp} until ${time} \(on node1, subnet ko-history\): pod deleted`;
      const seen = `history: Events tell of addresses that were given back, .* now from ${time} on`;
      expect(free).toMatchObject({
        code: 1,
        stdout: expect.stringMatching(new RegExp(`^nobody has ${address}\nSubnet ko-history: .*\n${first}\n${seen}\n$`)),
      });
      expect(held).toMatchObject({ code: 0, stdout: expect.stringMatching(new RegExp(`IP second.ko-test: allocated [^]*\n${first}\n`)) });
      expect({ code: past.code, answer: JSON.parse(past.stdout) as unknown }).toMatchObject({
        code: 1,
        answer: {
          history: {
            releases: ['first', 'second'].map((name) => ({
              addresses: [address],
              holder: `Pod ko-test/${name}`,
              node: 'node1',
              subnet: 'ko-history',
              why: 'pod deleted',
            })),
          },
        },
      });
    } finally {
      await Promise.all(['first', 'second'].map((name) => remove(lab(), resources.pod, `${NAMESPACE}/${name}`)));
      await remove(lab(), resources.subnet, 'ko-history');
    }
  }, 90_000);

  it.each([
    [['vsctl', 'node9', 'show'], 3, 'node node9 is not known; there are node1, node2, node3'],
    [['trace', 'ko-test/nobody', '10.0.0.1', 'icmp'], 3, 'there is no pod ko-test/nobody'],
  ])('%j ends with %i and says why', async (args, code, message) => {
    const result = await ko(lab(), ...args);
    expect({ code: result.code, stderr: result.stderr }).toEqual({ code, stderr: expect.stringContaining(message) });
  });

  it('without a site, the programs run in the pods of Open vSwitch', async () => {
    const node = lab().layout.nodeList[0];
    await lab().client.create(resources.pod, openvswitchPod(node?.name ?? '', node?.dir ?? ''));
    await becomesReady(lab(), { namespace: NAMESPACE, name: 'ovs-ovn' });
    const asked = (...args: readonly string[]) => koIn({ KUBECONFIG: lab().kubeconfig, KUBE_OVN_NS: NAMESPACE }, args);
    const [bridges, failed, other] = await Promise.all([
      asked('vsctl', 'node1', 'list-br'),
      asked('vsctl', 'node1', 'br-exists', 'br-none'),
      asked('vsctl', 'node2', 'show'),
    ]);
    expect(bridges).toMatchObject({ code: 0, stdout: expect.stringMatching(/^br-int$/m) });
    expect(failed.code).toBe(2);
    expect(other).toMatchObject({ code: 3, stderr: expect.stringContaining('node node2 is not known; there are node1') });
  }, 60_000);
}

/** As in Kube-OVN's manifests, with the folder of the lab's node. */
function openvswitchPod(node: string, dir: string): KubeObject {
  const { spec, ...pod } = idlePod({ name: 'ovs-ovn', namespace: NAMESPACE, node }) as KubeObject & {
    spec: { containers: readonly object[] };
  };
  const environment = [{ name: 'OVS_RUNDIR', value: dir }];
  const containers = spec.containers.map((container) => ({ ...container, name: 'openvswitch', env: environment }));
  return {
    ...pod,
    metadata: { ...pod.metadata, labels: { app: 'ovs' } },
    spec: { ...spec, hostNetwork: true, containers },
  } as unknown as KubeObject;
}
