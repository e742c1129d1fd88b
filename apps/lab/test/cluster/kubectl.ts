import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';
import { kubectl } from '../apiserver/kubectl.ts';
import type { LabRef } from './support.ts';

/** Line 2: stock kubectl against the lab. */
export function stockKubectl(lab: LabRef): void {
  const ran = async (...args: readonly string[]): Promise<string> => {
    using program = kubectl(lab().kubeconfig);
    const { code, out, err } = await program(args);
    expect(`${code} ${err}`).toMatch(/^0 /);
    return out;
  };

  it('get, -o wide, -o yaml, get subnets with its columns', async () => {
    expect(await ran('get', 'pods', '-n', 'pay')).toMatch(/^NAME +READY +STATUS[\s\S]*ledger-0 +1\/1 +Running/);
    expect(await ran('get', 'pods', '-n', 'pay', '-o', 'wide')).toMatch(/ledger-0 .* 10\.67\.0\.\d+ +node\d/);
    expect(await ran('get', 'pod', 'ledger-0', '-n', 'pay', '-o', 'yaml')).toContain('ovn.kubernetes.io/logical_switch: pay');
    expect(await ran('get', 'subnets')).toMatch(/^NAME +PROVIDER +VPC +[\s\S]*shop +/);
    expect(await ran('get', 'nodes')).toMatch(/node1 +Ready/);
  }, 60_000);

  it('describe, explain, logs', async () => {
    expect(await ran('describe', 'pod', 'ledger-0', '-n', 'pay')).toMatch(/Status: +Running[\s\S]*Conditions:/);
    expect(await ran('describe', 'subnet', 'shop')).toContain('10.66.0.0/24');
    expect(await ran('explain', 'subnet.spec')).toContain('cidrBlock');
    expect(await ran('logs', 'ledger-0', '-n', 'pay')).toContain('netexec: HTTP on 8080');
  }, 60_000);

  it('exec a ping from pod to pod', async () => {
    const address = (await ran('get', 'pod', 'ledger-1', '-n', 'pay', '-o', 'jsonpath={.status.podIP}')).trim();
    expect(await ran('exec', '-n', 'pay', 'ledger-0', '--', 'ping', '-c', '1', '-W', '2', address)).toContain('1 received');
  }, 60_000);

  it('apply, patch, get -w, delete', async () => {
    using program = kubectl(lab().kubeconfig);
    const watch = spawn('kubectl', [`--kubeconfig=${lab().kubeconfig}`, 'get', 'pods', '-n', 'loose', '-w', '--no-headers'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let seen = '';
    watch.stdout.setEncoding('utf8').on('data', (text: string) => (seen += text));
    const manifest =
      'apiVersion: v1\nkind: Pod\nmetadata: {name: applied, namespace: loose}\nspec: {terminationGracePeriodSeconds: 1, containers: [{name: main, image: busybox}]}\n';
    expect((await program(['apply', '-f', '-'], manifest)).out).toContain('pod/applied created');
    expect((await program(['wait', '--for=condition=Ready', 'pod/applied', '-n', 'loose', '--timeout=30s'])).code).toBe(0);
    expect((await program(['patch', 'pod', 'applied', '-n', 'loose', '-p', '{"metadata":{"labels":{"mended":"yes"}}}'])).out).toContain(
      'patched',
    );
    expect((await program(['get', 'pods', '-n', 'loose', '-l', 'mended=yes', '-o', 'name'])).out).toBe('pod/applied\n');
    expect((await program(['delete', 'pod', 'applied', '-n', 'loose'])).out).toContain('deleted');
    watch.kill('SIGTERM');
    expect(seen).toMatch(/applied +0\/1 +Pending[\s\S]*applied +1\/1 +Running/);
  }, 60_000);
}
