import { podAnnotations, resources } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import {
  becomesReady,
  eventsOf,
  eventually,
  idlePod,
  isGone,
  namespaceObject,
  northboundDump,
  readyPod,
  remove,
  subnet,
  type LabRef,
} from './support.ts';

/** Line 7: bad input is told, harms nothing else, and is mended when it is. */
export function badInput(lab: LabRef): void {
  const ready = async (name: string) =>
    (await lab().client.get(resources.subnet, name)).status?.conditions?.find(({ type }) => type === 'Ready');

  it.each([
    {
      fault: 'overlapping another',
      name: 'bad-overlap',
      spec: { cidrBlock: '10.66.0.0/16,fd00:10:99::/112' },
      words: ['cidrBlock', '10.66.0.0'],
      mended: { cidrBlock: '10.99.0.0/24,fd00:10:99::/112' },
    },
    {
      fault: 'a bad CIDR',
      name: 'bad-cidr',
      spec: { cidrBlock: '10.98.0.0/99' },
      words: ['cidrBlock', '10.98.0.0/99'],
      mended: { cidrBlock: '10.98.0.0/24' },
    },
    {
      fault: 'a gateway outside the CIDR',
      name: 'bad-gateway',
      spec: { cidrBlock: '10.97.0.0/24', gateway: '10.1.2.3' },
      words: ['gateway', '10.1.2.3'],
      mended: { gateway: '10.97.0.1' },
    },
  ])(
    'a subnet: $fault',
    async ({ name, spec, words, mended }) => {
      const { client } = lab();
      const before = await northboundDump(lab());
      await client.create(resources.subnet, subnet(name, spec));
      const condition = await eventually('a condition', async () => {
        const found = await ready(name);
        return found?.status === 'False' ? found : undefined;
      });
      for (const word of words) expect(condition.message).toContain(word);
      const events = await eventually('an event', async () => {
        const found = (await eventsOf(lab(), 'Subnet', name)).filter(({ type }) => type === 'Warning');
        return found.length > 0 ? found : undefined;
      });
      for (const word of [name, ...words]) expect(events.at(-1)?.message).toContain(word);
      expect(await northboundDump(lab())).toBe(before);
      await client.patch(resources.subnet, name, { spec: mended });
      await eventually('mended', async () => (await ready(name))?.status === 'True');
      await remove(lab(), resources.subnet, name);
    },
    60_000,
  );

  it('an exhausted subnet: the pod waits and says why; it gets the address that becomes free', async () => {
    const { client } = lab();
    await client.create(resources.namespace, namespaceObject('tiny'));
    await client.create(resources.subnet, subnet('tiny', { cidrBlock: '10.96.200.0/30', gateway: '10.96.200.1', namespaces: ['tiny'] }));
    await eventually(
      'bound',
      async () => (await client.get(resources.namespace, 'tiny')).metadata.annotations?.['ovn.kubernetes.io/logical_switch'] === 'tiny',
    );
    const first = await readyPod(lab(), { name: 'first', namespace: 'tiny' });
    await client.create(resources.pod, idlePod({ name: 'second', namespace: 'tiny' }));
    const event = await eventually('an event', async () =>
      (await eventsOf(lab(), 'Pod', 'second')).find(({ type, message }) => type === 'Warning' && message?.includes('tiny')),
    );
    expect(event.message).toMatch(/no (free )?address|exhausted|NoAvailableAddress/i);
    await readyPod(lab(), { name: 'unharmed', namespace: 'shop' });
    await remove(lab(), resources.pod, 'tiny/first');
    expect((await becomesReady(lab(), { name: 'second', namespace: 'tiny' })).status?.podIP).toBe(first.status?.podIP);
    for (const key of ['tiny/second', 'shop/unharmed']) await remove(lab(), resources.pod, key);
    await remove(lab(), resources.namespace, 'tiny');
    await remove(lab(), resources.subnet, 'tiny');
  }, 90_000);

  it('a malformed annotation: an event names object, field and value; the pod is served when it is mended', async () => {
    const { client } = lab();
    const { key } = podAnnotations('ovn').ip_address;
    await client.create(resources.pod, idlePod({ name: 'odd', namespace: 'shop', annotations: { [key]: '10.66.0.300' } }));
    const event = await eventually('an event', async () =>
      (await eventsOf(lab(), 'Pod', 'odd')).find(({ type, message }) => type === 'Warning' && message?.includes('10.66.0.300')),
    );
    expect(event.message).toContain(key);
    await readyPod(lab(), { name: 'even', namespace: 'shop' });
    await client.patch(resources.pod, 'shop/odd', { metadata: { annotations: { [key]: '10.66.0.200' } } });
    expect((await becomesReady(lab(), { name: 'odd', namespace: 'shop' })).status?.podIP).toBe('10.66.0.200');
    for (const name of ['odd', 'even']) await remove(lab(), resources.pod, `shop/${name}`);
    expect(await isGone(lab(), resources.pod, 'shop/odd')).toBe(true);
  }, 60_000);
}
