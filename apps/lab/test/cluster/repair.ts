import { resources } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import { inNamespace, runTool } from '../../src/infra/tool.ts';
import { eventually, nbctl, nodeOf, readyPod, remove, runningPid, vsctl, type LabRef } from './support.ts';

const REPAIR_MS = 1000;

/** Lines 5 and 6: what is broken by hand or by a crash mends itself. */
export function repair(lab: LabRef): void {
  const port = 'ledger-0.pay';

  it('a logical switch port deleted by hand is back within a second', async () => {
    const before = (await nbctl(lab(), 'lsp-get-addresses', port)).trim();
    expect(before).not.toBe('');
    await nbctl(lab(), 'lsp-del', port);
    await eventually(
      `${port} is back`,
      async () => (await nbctl(lab(), '--if-exists', 'get', 'Logical_Switch_Port', port, 'addresses')).includes(before),
      REPAIR_MS,
    );
    await eventually(`${port} is up`, async () => (await nbctl(lab(), 'lsp-get-up', port)).trim() === 'up');
  }, 20_000);

  it('an address taken from a port, and one added, are set right within a second', async () => {
    const before = (await nbctl(lab(), 'lsp-get-addresses', port)).trim();
    await nbctl(lab(), 'lsp-set-addresses', port, '0a:00:00:00:00:99 192.0.2.99');
    const mended = await eventually('addresses', async () => (await nbctl(lab(), 'lsp-get-addresses', port)).trim() === before, REPAIR_MS);
    expect(mended).toBe(true);
  }, 20_000);

  it('a route or a policy of the router deleted by hand is back within a second', async () => {
    const before = await nbctl(lab(), 'lr-policy-list', 'ovn-cluster');
    expect(before.split('\n').length).toBeGreaterThan(3);
    await nbctl(lab(), 'lr-policy-del', 'ovn-cluster');
    const mended = await eventually('policies', async () => (await nbctl(lab(), 'lr-policy-list', 'ovn-cluster')) === before, REPAIR_MS);
    expect(mended).toBe(true);
  }, 20_000);

  it('a whole logical switch deleted by hand is back within a second, ports and all', async () => {
    const ports = async (): Promise<string> =>
      (await nbctl(lab(), 'lsp-list', 'pay').catch(() => '')).replaceAll(/^\S+ /gm, '').split('\n').toSorted().join('\n');
    const before = await ports();
    expect(before).toContain('ledger-1.pay');
    await nbctl(lab(), 'ls-del', 'pay');
    const mended = await eventually('ports', async () => (await ports()) === before, REPAIR_MS);
    expect(mended).toBe(true);
    await eventually(`${port} is up`, async () => (await nbctl(lab(), 'lsp-get-up', port)).trim() === 'up');
  }, 30_000);

  it('members taken from the port groups by hand are back within a second', async () => {
    const groups = async (): Promise<string> => nbctl(lab(), '--bare', '--columns=name,ports', '--format=csv', 'list', 'Port_Group');
    const members = async (): Promise<number> => (await groups()).split(/[\s,]+/).filter((word) => /^[0-9a-f]{8}-/.test(word)).length;
    const before = await members();
    expect(before).toBeGreaterThan(0);
    await nbctl(
      lab(),
      '--',
      ...(await nbctl(lab(), '--bare', '--columns=_uuid', 'list', 'Port_Group'))
        .split(/\s+/)
        .filter((uuid) => uuid !== '')
        .flatMap((uuid) => ['--', 'clear', 'Port_Group', uuid, 'ports']),
    );
    const mended = await eventually('members', async () => (await members()) === before, REPAIR_MS);
    expect(mended).toBe(true);
  }, 30_000);

  it('Northbound restarted: the next pod is served', async () => {
    const { supervisor } = lab();
    const pid = runningPid(lab(), 'central-nb');
    process.kill(pid, 'SIGKILL');
    await eventually('Northbound runs again', () => ![undefined, pid].includes(supervisor.pid('central-nb')));
    expect((await readyPod(lab(), { name: 'after-nb', namespace: 'shop' })).status?.podIPs).toHaveLength(2);
    await remove(lab(), resources.pod, 'shop/after-nb');
  }, 60_000);

  it('ovs-vswitchd of a node killed: its pods are reached again, and it takes new ones', async () => {
    const { supervisor } = lab();
    const pod = await readyPod(lab(), { name: 'before-crash', namespace: 'shop', node: 'node1' });
    const address = pod.status?.podIPs?.[0]?.ip ?? '';
    const other = nodeOf(lab(), 'node2');
    const answers = async (): Promise<boolean> =>
      (await runTool(inNamespace(other.namespace, ['ping', '-q', '-c1', '-W1', address]), { accept: [0, 1] })).code === 0;
    await eventually('ping before', answers);
    const pid = runningPid(lab(), 'node1-vswitchd');
    process.kill(pid, 'SIGKILL');
    await eventually('ovs-vswitchd runs again', () => ![undefined, pid].includes(supervisor.pid('node1-vswitchd')));
    await eventually('ping after', answers);
    await readyPod(lab(), { name: 'after-crash', namespace: 'shop', node: 'node1' });
    for (const name of ['before-crash', 'after-crash']) await remove(lab(), resources.pod, `shop/${name}`);
    expect((await vsctl(nodeOf(lab(), 'node1'), 'list-ports', 'br-int')).split('\n').length).toBeGreaterThan(2);
  }, 90_000);
}
