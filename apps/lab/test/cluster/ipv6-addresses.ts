import { join } from 'node:path';
import { type Pod, resources } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import { inNamespace, runTool } from '../../src/infra/tool.ts';
import {
  becomesReady,
  disagreements,
  eventually,
  ips,
  isReady,
  kubectl,
  leader,
  netnsOf,
  nodeOf,
  podsOf,
  runningPid,
  type LabRef,
} from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/ipv6.yaml');

/** docs/features/addresses.md in a cluster of IPv6 alone, with packets. */
export function ipv6Addresses(lab: LabRef): void {
  const named = (name: string): Promise<Pod> => becomesReady(lab(), { namespace: 'six', name });
  const addressesOf = ({ status }: Pick<Pod, 'status'>): readonly string[] => (status?.podIPs ?? []).map(({ ip }) => ip);
  const inside = async (pod: Pod, ...argv: readonly string[]): Promise<string> =>
    (await runTool(['nsenter', `--net=${netnsOf(lab(), pod)}`, ...argv], { accept: [0, 1, 2] })).stdout;
  const reaches = (pod: Pod, address: string): Promise<boolean> =>
    eventually(`${pod.metadata.name} reaches ${address}`, async () =>
      (await inside(pod, 'ping', '-q', '-c1', '-W1', address)).includes(' 1 received'),
    );
  const reached = (address: string): Promise<boolean> =>
    eventually(`${address} answers`, async () => {
      const argv = ['ping', '-q', '-c1', '-W1', address];
      return (await runTool(inNamespace(nodeOf(lab(), 'node2').namespace, argv), { accept: [0, 1] })).code === 0;
    });

  it('by name, from a pool, by ordinal, the first that is free: the manifest as it stands', async () => {
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    const expected = {
      fixed: 'fd00:6::a0',
      pooled: 'fd00:6::500',
      plain: 'fd00:6::10',
      'ordered-0': 'fd00:6::71',
      'ordered-1': 'fd00:6::70',
    };
    for (const [name, address] of Object.entries(expected)) {
      expect(addressesOf(await named(name))).toEqual([address]);
      await reached(address);
    }
    const journal = (await ips(lab())).filter(({ spec }) => spec.namespace === 'six');
    expect(journal.map(({ spec }) => spec.v6IpAddress).toSorted((a = '', b = '') => a.localeCompare(b))).toEqual(
      Object.values(expected).toSorted((a, b) => a.localeCompare(b)),
    );
    const { status } = await lab().client.get(resources.subnet, 'six');
    expect([status?.v6usingIPs, status?.v4usingIPs ?? 0]).toEqual([5, 0]);
  }, 90_000);

  it('a pod uses its address at once, goes by the gateway that it was given, and reaches pods of other nodes and the outside', async () => {
    const plain = await named('plain');
    const address = await inside(plain, 'ip', '-6', '-o', 'address', 'show', 'dev', 'eth0', 'scope', 'global');
    expect(address).toContain('fd00:6::10/64');
    expect(address).not.toMatch(/tentative|dadfailed|dynamic/);
    expect(await inside(plain, 'ip', '-6', 'route', 'show', 'default')).toMatch(/^default via fd00:6::1 dev eth0(?! proto ra)/);
    for (const other of ['fd00:6::a0', 'fd00:6::500', lab().layout.outside.host6]) await reaches(plain, other);
  }, 60_000);

  it('a StatefulSet keeps its addresses over deletion and a killed controller', async () => {
    const { metadata } = await lab().client.get(resources.pod, 'six/ordered-1');
    await lab().client.delete(resources.pod, 'six/ordered-1');
    process.kill(runningPid(lab(), (await leader(lab())).id), 'SIGKILL');
    const again = await eventually('ordered-1 again', async () =>
      (await podsOf(lab(), 'six')).find((pod) => pod.metadata.name === 'ordered-1' && pod.metadata.uid !== metadata.uid && isReady(pod)),
    );
    expect((again.status?.podIPs ?? []).map(({ ip }) => ip)).toEqual(['fd00:6::70']);
    await reached('fd00:6::70');
    expect(await disagreements(lab())).toBe('');
  }, 90_000);

  it('deleted, nothing of it stays', async () => {
    await kubectl(lab(), 'delete', '-f', MANIFEST, '--ignore-not-found', '--timeout=60s');
    expect((await ips(lab())).filter(({ spec }) => spec.namespace === 'six')).toEqual([]);
  }, 90_000);
}
