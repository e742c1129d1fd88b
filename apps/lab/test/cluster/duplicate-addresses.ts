import { join } from 'node:path';
import { resources } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import { runTool } from '../../src/infra/tool.ts';
import {
  kubectl,
  sandboxOf,
  becomesReady,
  disagreements,
  eventsOf,
  eventually,
  idlePod,
  readyPod,
  remove,
  type LabRef,
} from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/duplicate-addresses.yaml');
const NAMESPACE = 'claims';
/** Nobody has this one. */
const STRANGER = '02:00:00:00:78:01';

/** docs/features/addresses.md, "Two machines with one address": probes before an address is used and announcements after, as packets. */
export function duplicateAddresses(lab: LabRef): void {
  const inside = async (name: string, ...argv: readonly string[]): Promise<string> =>
    (await runTool(['nsenter', `--net=${sandboxOf(lab(), { namespace: NAMESPACE, name }).netns}`, ...argv])).stdout;
  const wish = (name: string, address: string) => ({
    name,
    namespace: NAMESPACE,
    node: 'node1',
    annotations: { 'ovn.kubernetes.io/logical_switch': NAMESPACE, 'ovn.kubernetes.io/ip_address': address },
  });
  const macOf = async (name: string): Promise<string> =>
    (await lab().client.get(resources.pod, `${NAMESPACE}/${name}`)).metadata.annotations?.['ovn.kubernetes.io/mac_address'] ?? '';

  it('a machine has addresses that nobody gave it: the manifest as it stands', async () => {
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    for (const name of ['squatter', 'witness']) await becomesReady(lab(), { namespace: NAMESPACE, name });
    await eventually('the squatter has both', async () => (await inside('squatter', 'ip', '-o', 'addr')).includes('fd00:78::60/64'));
    expect((await lab().client.list(resources.ip)).items.some(({ spec }) => /:78::60|\.78\.0\.50/.test(spec.ipAddress ?? ''))).toBe(false);
  }, 60_000);

  it.each([
    { name: 'four', address: '10.78.0.50', prefix: '10.78.0.50/24' },
    { name: 'six', address: 'fd00:78::60', prefix: 'fd00:78::60/64' },
  ])(
    'pod $name: ADD fails while another machine has $address, an event names it, and the pod starts when that is over',
    async ({ name, address, prefix }) => {
      await lab().client.create(resources.pod, idlePod(wish(name, address)));
      const owner = await macOf('squatter');
      const { message } = await eventually('an event of the failed ADD', async () =>
        (await eventsOf(lab(), 'Pod', name)).find(({ message: text = '' }) => text.includes('in use')),
      );
      expect(message).toContain(`address ${address} is in use by ${owner}`);
      expect(message).toContain('another machine on the subnet answers for it');
      expect((await lab().client.get(resources.pod, `${NAMESPACE}/${name}`)).status?.podIP).toBeUndefined();

      await inside('squatter', 'ip', 'addr', 'del', prefix, 'dev', 'eth0');
      const { status } = await becomesReady(lab(), { namespace: NAMESPACE, name });
      expect(status?.podIPs?.map(({ ip }) => ip)).toContain(address);
      await inside('squatter', 'ping', '-q', '-c1', '-W2', address);
      expect(await inside('squatter', 'ip', 'neigh', 'show', address)).toContain(await macOf(name));
    },
    90_000,
  );

  it('a new pod is announced: a neighbour that knew another MAC for its addresses knows the right one, and has asked nobody', async () => {
    const addresses = ['10.78.0.70', 'fd00:78::70'];
    const knows = (address: string): Promise<string> => inside('witness', 'ip', 'neigh', 'show', address);
    // "stale" is believed until it is used; the last two are of nobody, and show that what is not announced stays
    for (const address of [...addresses, '10.78.0.71', 'fd00:78::71'])
      await inside('witness', 'ip', 'neigh', 'replace', address, 'lladdr', STRANGER, 'dev', 'eth0', 'nud', 'stale');
    await readyPod(lab(), wish('herald', addresses.join()));
    const mac = await macOf('herald');
    for (const address of addresses) await eventually(`${address} is known`, async () => (await knows(address)).includes(mac));
    for (const address of ['10.78.0.71', 'fd00:78::71']) expect(await knows(address)).toContain(`lladdr ${STRANGER} STALE`);
  }, 60_000);

  it('all agree, and everything goes', async () => {
    expect(await disagreements(lab())).toBe('');
    for (const name of ['four', 'six', 'herald']) await remove(lab(), resources.pod, `${NAMESPACE}/${name}`);
    await kubectl(lab(), 'delete', '-f', MANIFEST, '--ignore-not-found', '--timeout=60s');
  }, 90_000);
}
