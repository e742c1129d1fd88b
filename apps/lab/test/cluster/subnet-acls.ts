import { join } from 'node:path';
import { resources } from '@kube-ovn/api';
import { expect, it, onTestFinished } from 'vitest';
import { inNamespace, runTool } from '../../src/infra/tool.ts';
import {
  eventually,
  kubectl,
  namespaceObject,
  nbctl,
  netnsOf,
  nodeOf,
  readyPod,
  remove,
  removeNamespaces,
  subnet,
  type LabRef,
} from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/subnet-acls.yaml');
const REPAIR_MS = 1000;
/** Echo requests while a rule comes and goes: one every 10 ms. */
const PINGS = 1000;

/** docs/features/subnet-acls.md, with packets. */
export function subnetAcls(lab: LabRef): void {
  it('a rule of a Subnet drops packets, is back within a second when deleted by hand, and goes when it is taken away', async () => {
    const { client } = lab();
    onTestFinished(async () => {
      await removeNamespaces(lab(), ['quiet']);
      await remove(lab(), resources.subnet, 'quiet');
    }, 60_000);
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    const pod = await readyPod(lab(), { name: 'silent', namespace: 'quiet', node: 'node1' });
    const address = pod.status?.podIP ?? '';
    const pings = async (): Promise<boolean> =>
      (await runTool(inNamespace(nodeOf(lab(), 'node2').namespace, ['ping', '-q', '-c1', '-W1', address]), { accept: [0, 1] })).code === 0;
    /** But for the one that matches nothing and makes the switch track connections. */
    const rules = async (): Promise<string> =>
      (await nbctl(lab(), 'acl-list', 'quiet'))
        .split('\n')
        .filter((rule) => !rule.includes('(0) allow-related'))
        .join('\n');

    expect(await rules()).toMatch(/to-lport +1100 +\(icmp4\.type == 8\) drop/);
    expect(await pings()).toBe(false);

    await nbctl(lab(), 'acl-del', 'quiet');
    await eventually('the rule is back', async () => (await rules()).includes('icmp4.type == 8'), REPAIR_MS);
    await nbctl(lab(), '--wait=hv', 'sync');
    expect(await pings()).toBe(false);

    await client.patch(resources.subnet, 'quiet', { spec: { acls: [] } });
    await eventually('the rule is gone', async () => (await rules()).trim() === '', REPAIR_MS);
    await eventually('the pod answers', pings);
  }, 60_000);

  it('allowEWTraffic lets pass inside the subnet what a rule drops, comes and goes under traffic, and opens nothing else', async () => {
    const { client } = lab();
    onTestFinished(async () => {
      await removeNamespaces(lab(), ['inner']);
      await remove(lab(), resources.subnet, 'inner');
    }, 60_000);
    const acls = [{ direction: 'to-lport', priority: 1100, match: 'icmp4', action: 'drop' }];
    await client.create(resources.subnet, subnet('inner', { cidrBlock: '10.87.0.0/24,fd00:87::/112', namespaces: ['inner'], acls }));
    await client.create(resources.namespace, namespaceObject('inner'));
    const start = async (name: string, node: string) => {
      const pod = await readyPod(lab(), { name, namespace: 'inner', node });
      const [v4 = '', v6 = ''] = (pod.status?.podIPs ?? []).map(({ ip }) => ip);
      return { netns: `--net=${netnsOf(lab(), pod)}`, v4, v6 };
    };
    const [one, two, sealed] = [await start('one', 'node1'), await start('two', 'node2'), await start('sealed', 'node1')];
    const other = `--net=/run/netns/${nodeOf(lab(), 'node2').namespace}`;
    const ping = (netns: string, address: string, count = PINGS) =>
      runTool(['nsenter', netns, '--', 'ping', '-q', '-i', '0.01', '-W', '1', '-c', String(count), address], {
        accept: [0, 1],
        timeoutMs: 60_000,
      });
    const passes = async (): Promise<boolean> => (await ping(one.netns, two.v4, 1)).code === 0;
    /** Echo requests of IPv4 that the pod has received which nobody of the subnet asks. */
    const heard = async (): Promise<string | undefined> => {
      const { stdout } = await runTool(['nsenter', sealed.netns, '--', 'cat', '/proc/net/snmp']);
      const [heads = '', values = ''] = stdout.split('\n').filter((line) => line.startsWith('Icmp: '));
      return values.split(' ')[heads.split(' ').indexOf('InEchos')];
    };
    expect(await passes()).toBe(false);

    let isDone = false;
    const traffic = Promise.all([ping(one.netns, two.v6), ping(other, sealed.v4)]).finally(() => (isDone = true));
    let switches = 0;
    for (let on = true; !isDone || !on; on = !on) {
      await client.patch(resources.subnet, 'inner', { spec: { allowEWTraffic: on } });
      await eventually(on ? 'passes inside' : 'is dropped', async () => (await passes()) === on);
      switches += 1;
    }
    const [inside] = await traffic;
    expect(switches).toBeGreaterThan(3);
    expect(inside.stdout).toContain(`${PINGS} packets transmitted, ${PINGS} received`);
    expect(await heard()).toBe('0');
    // It would have heard them.
    await client.patch(resources.subnet, 'inner', { spec: { acls: [] } });
    await eventually('heard without the rule', async () => (await ping(other, sealed.v4, 1)).code === 0);
    expect(await heard()).not.toBe('0');
  }, 120_000);
}
