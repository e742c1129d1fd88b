/** `policy` on the command line, as a process of its own. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const source = ['--conditions=@kube-ovn/source', '--disable-warning=ExperimentalWarning'];
const program = fileURLToPath(new URL('../src/node/cli/main.ts', import.meta.url));

let directory: string;
const policy = (...args: readonly string[]) => run(process.execPath, [...source, program, ...args], { cwd: directory });

const cluster = `
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: x}}
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Pod
  metadata: {name: web, namespace: shop, labels: {app: web}}
  spec: {nodeName: n1, containers: [{name: main, ports: [{containerPort: 80, name: http}]}]}
  status: {podIPs: [{ip: 10.16.0.10}, {ip: 'fd00::10'}]}
- apiVersion: v1
  kind: Pod
  metadata: {name: db, namespace: shop, labels: {app: db}}
  status: {podIPs: [{ip: 10.16.0.11}, {ip: 'fd00::11'}]}
---
apiVersion: v1
kind: Node
metadata: {name: n1}
status: {addresses: [{type: InternalIP, address: 172.18.0.2}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
`;
const rules = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: web}}}]
    ports: [{port: 5432}]
`;
const junk = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: bad, namespace: shop}
spec:
  podSelector: 5
  ingress: [{from: [{ipBlock: {cidr: 10.300.0.0/8}}], ports: [{port: 99999, protocol: ICMP}]}]
---
hello
---
a: [1, 2
---
kind: NetworkPolicy
`;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'policy-cli-'));
  await Promise.all(
    Object.entries({ 'cluster.yaml': cluster, 'rules.yaml': rules, 'junk.yaml': junk }).map(([name, text]) =>
      writeFile(join(directory, name), text),
    ),
  );
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const files = ['-f', 'cluster.yaml', '-f', 'rules.yaml'];

describe('policy matrix', () => {
  it('tells by family, pair and port, and what it passed over', async () => {
    const { stdout, stderr } = await policy('matrix', '--json', ...files);
    const pairs = {
      'shop/web>shop/db': { 'TCP/80': 'deny', 'TCP/5432': 'allow' },
      'shop/db>shop/web': { 'TCP/80': 'allow', 'TCP/5432': 'allow' },
    };
    expect(JSON.parse(stdout)).toEqual({ IPv4: pairs, IPv6: pairs });
    expect(stderr).toBe('policy: passed over 1 Deployment\n');
  });

  it('tells people who may come, and who may not', async () => {
    const { stdout } = await policy('matrix', '--port', '5432', ...files);
    expect(stdout).toContain('shop/db TCP/5432 IPv4\n  allow shop/web\n  deny  -\n');
  });
});

describe('policy explain', () => {
  it('names what lets a connection through', async () => {
    const { stdout } = await policy('explain', 'shop/web', 'shop/db', 'TCP/5432', ...files);
    expect(stdout).toContain('allow IPv6 TCP/5432 shop/web > shop/db');
    expect(stdout).toContain('NetworkPolicy shop/db ingress[0]');
  });

  it('exits with 3 where it is not', async () => {
    await expect(policy('explain', '192.0.2.1', 'shop/db', '5432', ...files)).rejects.toMatchObject({
      code: 3,
      stdout: expect.stringContaining('isolated by NetworkPolicy shop/db'),
    });
  });

  it('knows nodes', async () => {
    const { stdout } = await policy('explain', 'node/n1', 'shop/web', 'ICMP', '--json', ...files);
    expect(JSON.parse(stdout)).toMatchObject({ IPv4: { action: 'allow', ingress: { because: 'the node of the pod' } } });
  });
});

describe('policy compile', () => {
  it('prints ACLs and groups, and JSON in the form that a planner takes', async () => {
    const { stdout } = await policy('compile', ...files);
    expect(stdout).toMatch(
      /^policy\/NetworkPolicy\/shop\/db\n {2}ACL 2002 to-lport allow-related: outport == @pods\.\w+ && \(.*tcp\.dst == 5432$/m,
    );
    expect(stdout).toMatch(/Port_Group pods\.\w+ \(shop\/app=db\): db\.shop$/m);
    const json = JSON.parse((await policy('compile', '--json', '--tiers', ...files)).stdout) as Record<string, unknown>;
    expect(json['policy/NetworkPolicy/shop/db']).toMatchObject({ rows: [{ table: 'ACL', columns: { tier: 2, priority: 2002 } }] });
  });

  it('names the ACL that decides in explain', async () => {
    const { stdout } = await policy('explain', 'shop/web', 'shop/db', '5432', ...files);
    expect(stdout).toMatch(/^ {2}ACL NetworkPolicy\/shop\/db\/ingress\/0@pods\.\w+$/m);
  });
});

describe('policy cost', () => {
  it('counts rows and estimates flows', async () => {
    const { stdout } = await policy('cost', ...files);
    expect(stdout).toContain('rows: 5 ACL, 6 Port_Group, ');
    expect(stdout).toContain('  NetworkPolicy/shop/db: 1 ACLs, about 2 flows');
  });
});

describe('junk', () => {
  it('names file, document, object and field of every fault', async () => {
    const where = 'junk.yaml: document';
    const { stderr, code } = (await policy('matrix', '-f', 'junk.yaml').catch((error: unknown) => error)) as {
      stderr: string;
      code: number;
    };
    expect(code).toBe(1);
    for (const fault of [
      `${where} 1, line 2 (NetworkPolicy shop/bad): spec.podSelector is 5: it must be object`,
      `${where} 1, line 2 (NetworkPolicy shop/bad): spec.ingress[0].ports[0].protocol is "ICMP": it must be one of TCP, UDP, SCTP`,
      `${where} 1, line 2 (NetworkPolicy shop/bad): spec.ingress[0].ports[0].port is 99999: it must be the number of a port`,
      `${where} 1, line 2 (NetworkPolicy shop/bad): spec.ingress[0].from[0].ipBlock.cidr is "10.300.0.0/8": it must be a block`,
      `${where} 2, line 9: is no Kubernetes object`,
      `${where} 3, line`,
      `${where} 4, line 13: apiVersion is missing`,
    ]) {
      expect(stderr).toContain(fault);
    }
  });

  it.each([
    [[], 2, 'a command is needed'],
    [['frobnicate'], 2, 'unknown command "frobnicate"'],
    [['toString'], 2, 'unknown command "toString"'],
    [['matrix'], 2, 'no file is given'],
    [['matrix', '--nonsense'], 2, '--nonsense'],
    [['matrix', 'cluster.yaml'], 2, 'files are given with -f'],
    [['explain', 'shop/web', 'shop/db'], 2, 'explain takes FROM, TO and PORT'],
    [['explain', 'web', 'shop/db', '80', ...files], 2, '"web" is no end'],
    [['explain', 'shop/web', 'shop/db', '0', ...files], 2, '"0" is no port'],
    [['explain', 'shop/web', 'shop/nobody', '80', ...files], 1, 'are not in the files'],
    [['matrix', '-f', 'missing.yaml'], 1, 'missing.yaml'],
  ])('%j exits with %d', async (args, code, words) => {
    await expect(policy(...args)).rejects.toMatchObject({ code, stderr: expect.stringContaining(words) });
  });

  it('--help shows examples', async () => {
    expect((await policy('--help')).stdout).toContain('policy explain shop/web shop/db TCP/5432 -f cluster.yaml');
  });
});
