import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestServer } from '../../src/apiserver/testing/test-server.ts';
import { startTestServer } from '../../src/apiserver/testing/test-server.ts';
import type { EchoKubelet } from './echo-kubelet.ts';
import { startEchoKubelet } from './echo-kubelet.ts';
import type { Kubectl } from './kubectl.ts';
import { kubectl, requireKubectl } from './kubectl.ts';

const crdDir = join(import.meta.dirname, '../../../../packages/api/crds');

const web = (replicas: number): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: nginx}]}
`;
const subnet = (more = ''): string => `
apiVersion: kubeovn.io/v1
kind: Subnet
metadata: {name: red}
spec: {cidrBlock: 10.99.0.0/16, protocol: IPv4${more}}
`;

describe('kubectl', () => {
  let server: TestServer;
  let kubelet: EchoKubelet;
  let k: Kubectl;
  /** the output of a command that must succeed */
  const ok = async (line: string, input?: string): Promise<string> => {
    const { code, out, err } = await k(line.split(' '), input);
    if (code !== 0) throw new Error(`kubectl ${line}: ${code}\n${out}${err}`);
    return out;
  };
  /** columns of each line of a table */
  const cells = (out: string): string[][] =>
    out
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/\s{2,}/));

  beforeAll(async () => {
    await requireKubectl();
    server = await startTestServer();
    kubelet = await startEchoKubelet(server.dir);
    k = kubectl(server.kubeconfig);
    await ok(
      'create -f -',
      `{"apiVersion":"v1","kind":"Node","metadata":{"name":"n1","annotations":{"lab.kube-ovn.io/kubelet-socket":"${kubelet.socketPath}"}}}`,
    );
    for (const file of readdirSync(crdDir).filter((name) => name.endsWith('.yaml')))
      await ok('apply -f -', readFileSync(join(crdDir, file), 'utf8'));
  });
  afterAll(async () => {
    k[Symbol.dispose]();
    await kubelet[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  it('applies, shows no change for the same, scales, patches, labels and deletes', async () => {
    expect(await ok('apply -f -', web(2))).toBe('deployment.apps/web created\n');
    expect(await ok('apply -f -', web(2))).toBe('deployment.apps/web unchanged\n');
    expect(await ok('apply -f - --dry-run=server', web(5))).toBe('deployment.apps/web configured (server dry run)\n');
    expect(await ok('apply -f -', web(3))).toBe('deployment.apps/web configured\n');
    await ok('scale deploy web --replicas=4');
    await ok('set image deploy/web c=nginx:2');
    await ok('label deploy web team=a');
    expect(
      await ok(
        'get deploy web -o jsonpath={.spec.replicas},{.metadata.generation},{.spec.template.spec.containers[0].image},{.metadata.labels.team}',
      ),
    ).toBe('4,4,nginx:2,a');
    const [head, row] = cells(await ok('get deploy web -o wide'));
    expect(head).toEqual(['NAME', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'AGE', 'CONTAINERS', 'IMAGES', 'SELECTOR']);
    expect(row).toEqual(['web', '0/4', '0', '0', expect.stringMatching(/s$/), 'c', 'nginx:2', 'app=web']);
    expect(await ok('describe deploy web')).toContain('4 desired');
    expect(await ok('delete deploy web')).toBe('deployment.apps "web" deleted\n');
    expect((await k(['get', 'deploy', 'web'])).err).toBe('Error from server (NotFound): deployments.apps "web" not found\n');
  });

  it('applies on the server’s side, and shows conflicts', async () => {
    expect(await ok('apply --server-side -f -', web(2))).toBe('deployment.apps/web serverside-applied\n');
    await ok('scale deploy web --replicas=7');
    const refused = await k(['apply', '--server-side', '-f', '-'], web(2));
    expect(refused.err).toContain('Apply failed with 1 conflict: conflict with "kubectl"');
    expect(await ok('apply --server-side --force-conflicts -f -', web(2))).toBe('deployment.apps/web serverside-applied\n');
    await ok('delete deploy web --cascade=foreground');
  });

  it('knows custom resources: columns, validation, strictness, status, explain', async () => {
    expect((await k(['apply', '-f', '-'], subnet(', bogus: 1'))).err).toContain('strict decoding error: unknown field "spec.bogus"');
    expect((await k(['apply', '-f', '-'], subnet(', mtu: many'))).err).toMatch(
      /spec\.mtu: Invalid value: "string": spec\.mtu in body must be of type integer/,
    );
    expect(await ok('apply -f -', subnet())).toBe('subnet.kubeovn.io/red created\n');
    const [head, row] = cells(await ok('get subnets'));
    expect(head).toEqual(expect.arrayContaining(['NAME', 'PROVIDER', 'VPC', 'PROTOCOL', 'CIDR', 'NAT']));
    expect(row).toEqual(expect.arrayContaining(['red', 'IPv4', '10.99.0.0/16']));
    await ok('patch subnet red --subresource=status --type=merge -p {"status":{"v6availableIPs":18446744073709551615}}');
    expect((await server.call('GET', '/apis/kubeovn.io/v1/subnets/red')).text).toContain('"v6availableIPs":18446744073709551615');
    expect(await ok('explain subnet.spec.cidrBlock')).toMatch(/GROUP:\s+kubeovn\.io[\s\S]*FIELD: cidrBlock <string>/);
    expect(await ok('explain pod.spec.nodeName')).toContain('FIELD: nodeName <string>');
    expect(await ok('get subnet -o name')).toBe('subnet.kubeovn.io/red\n');
    expect(await ok('delete subnet red')).toBe('subnet.kubeovn.io "red" deleted\n');
  });

  it('runs, describes, logs, executes in and deletes a pod', async () => {
    await ok('run p1 --image=busybox --overrides={"spec":{"nodeName":"n1"}} -- sleep 1000');
    expect(cells(await ok('get pods -o wide'))[1]).toEqual(expect.arrayContaining(['p1', '0/1', 'Pending', 'n1']));
    const described = await ok('describe pod p1');
    expect(described).toContain('Service Account:  default');
    expect(described).toMatch(/QoS Class:\s+BestEffort/);
    expect(await ok('logs p1')).toBe('line 1\n');
    expect(await ok('logs -f p1')).toBe('line 1\nline 2\n');
    const ran = await k(['exec', 'p1', '--', 'ping', '-c', '1']);
    expect(ran).toEqual({ code: 3, out: 'ping -c 1\n', err: 'warning\ncommand terminated with exit code 3\n' });
    expect(await ok('exec -i p1 -- cat', 'typed in\n')).toBe('typed in\n');
    expect(await ok('delete pod p1 --grace-period=0 --force')).toBe('pod "p1" force deleted\n');
  });

  it('makes objects by its own commands, whose bodies are protobuf', async () => {
    await ok('create namespace shop');
    await ok('-n shop create deployment web --image=nginx --port=80 --replicas=2 -- sleep 10');
    expect(await ok('-n shop get deploy web -o jsonpath={.spec.replicas},{.spec.template.spec.containers[0]}')).toMatch(
      /^2,.*"command":\["sleep","10"\],"image":"nginx".*"containerPort":80/,
    );
    await ok('-n shop create configmap c --from-literal=a=b');
    await ok('-n shop create secret generic s --from-literal=a=b');
    expect(await ok('-n shop get secret s -o jsonpath={.data.a},{.type}')).toBe('Yg==,Opaque');
    await ok('-n shop create service nodeport np --tcp=80:http');
    expect(await ok('-n shop get svc np -o jsonpath={.spec.ports[0].targetPort},{.spec.ports[0].nodePort}')).toBe('http,30000');
    await ok('-n shop create serviceaccount me');
    expect(await ok('-n shop create token me')).toMatch(/^[\w-]{43}$/);
    await ok('-n shop create role r --verb=get --resource=pods');
    await ok('-n shop create rolebinding rb --role=r --serviceaccount=shop:me');
    await ok('-n shop create pdb guard --selector=a=b --min-available=50%');
    expect(await ok('auth can-i create pods')).toBe('yes\n');
    expect(await ok('auth whoami -o jsonpath={.status.userInfo.username}')).toBe('kubernetes-admin');
    await ok('delete namespace shop');
  });

  it('drains a node', async () => {
    await ok('create -f -', '{"apiVersion":"v1","kind":"Node","metadata":{"name":"n2"}}');
    await ok(
      'create -f -',
      '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p3"},"spec":{"nodeName":"n2","terminationGracePeriodSeconds":0,"containers":[{"name":"c","image":"x"}]}}',
    );
    expect(await ok('drain n2 --force')).toContain('node/n2 drained');
    expect((await k(['get', 'pod', 'p3'])).code).toBe(1);
  });

  it('follows changes', async () => {
    await ok('run p2 --image=busybox');
    const watching = k(['get', 'pods', '-w', '--request-timeout=3s', '--no-headers']);
    await expect.poll(() => server.wired.hub.size, { timeout: 10_000 }).toBe(1);
    await ok('label pod p2 a=b');
    await ok('delete pod p2');
    const lines = cells((await watching).out);
    expect(lines.map(([name]) => name)).toEqual(['p2', 'p2', 'p2']);
  });

  it('lists everything, by category, namespace and selector', async () => {
    await ok('expose service kubernetes --name=again --port=80 --selector=a=b');
    expect(await ok('get all')).toContain('service/again');
    expect(cells(await ok('get svc -A --field-selector metadata.name=kubernetes --no-headers'))).toEqual([
      ['default', 'kubernetes', 'ClusterIP', '10.96.0.1', '<none>', '443/TCP', expect.any(String)],
    ]);
    const resources = await ok('api-resources --no-headers');
    for (const name of ['pods', 'subnets', 'networkpolicies', 'leases']) expect(resources).toMatch(new RegExp(`^${name}\\s`, 'm'));
    expect(await ok('version')).toContain('Server Version: v1.32');
    await ok('cordon n1');
    expect(cells(await ok('get nodes --no-headers'))[0]).toEqual(expect.arrayContaining(['n1']));
    expect(await ok('get node n1 -o jsonpath={.spec.unschedulable}')).toBe('true');
  });
});
