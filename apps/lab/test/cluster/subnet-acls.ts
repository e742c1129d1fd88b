import { join } from 'node:path';
import { resources } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import { inNamespace, runTool } from '../../src/infra/tool.ts';
import { kubectl, eventually, nbctl, nodeOf, readyPod, remove, type LabRef } from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/subnet-acls.yaml');
const REPAIR_MS = 1000;

/** docs/features/subnet-acls.md, with packets. */
export function subnetAcls(lab: LabRef): void {
  it('a rule of a Subnet drops packets, is back within a second when deleted by hand, and goes when it is taken away', async () => {
    const { client } = lab();
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

    await remove(lab(), resources.pod, 'quiet/silent');
    await remove(lab(), resources.namespace, 'quiet');
    await remove(lab(), resources.subnet, 'quiet');
  }, 60_000);
}
