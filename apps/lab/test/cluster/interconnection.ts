import { join } from 'node:path';
import { type Pod, resources } from '@kube-ovn/api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TrunkHost } from '../../src/infra/layout.ts';
import { ipBatch } from '../../src/infra/tool.ts';
import { askFrom, type Question } from './ask.ts';
import { askOf, hostOn, networkReady, unreached } from './physical.ts';
import { becomesReady, eventually, kubectl, type LabRef, readyPod, remove } from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/underlay-interconnection.yaml');
const FAMILIES = [4, 6] as const;
/** Behind the physical gateway. */
const FAR = { 4: '198.51.100.99', 6: '2001:db8:100::99' } as const;
const [UNDERLAY, NEIGHBOUR, OVERLAY] = ['yard/gardener', 'yard/neighbour', ['hall/porter', 'hall/clerk']] as const;

/** docs/features/underlay-interconnection.md, with packets. */
export function interconnection(lab: LabRef): void {
  let host: TrunkHost;
  const pods = new Map<string, Pod>();
  const pod = (name: string): Pod => {
    const found = pods.get(name);
    if (found === undefined) throw new Error(`no pod ${name}`);
    return found;
  };
  const addressOf = (name: string, family: 4 | 6): string =>
    (pod(name).status?.podIPs ?? []).map(({ ip }) => ip).find((ip) => ip.includes(':') === (family === 6)) ?? '';
  const ask = (from: string, question: Question): Promise<string> => askFrom(lab(), pod(from), { times: 2, ...question });
  /** As whom one pod sees another. */
  const seen = (from: string, by: string, family: 4 | 6): Promise<string> => ask(from, { address: addressOf(by, family), ask: 'clientip' });
  const outside = (family: 4 | 6): string => (family === 4 ? host.address : host.address6);

  beforeAll(async () => {
    host = await hostOn(lab(), 20);
    await ipBatch(host.namespace, [`addr add ${FAR[4]}/32 dev lo`, `addr add ${FAR[6]}/128 dev lo`]);
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    await networkReady(lab(), 'physical');
    for (const [namespace, name] of [UNDERLAY, ...OVERLAY].map((key) => key.split('/') as [string, string]))
      pods.set(`${namespace}/${name}`, await becomesReady(lab(), { namespace, name }));
    pods.set(NEIGHBOUR, await readyPod(lab(), { name: 'neighbour', namespace: 'yard', node: 'node2' }));
  }, 120_000);

  afterAll(async () => {
    await remove(lab(), resources.pod, NEIGHBOUR);
    await kubectl(lab(), 'delete', '--ignore-not-found', '-f', MANIFEST);
    await ipBatch(host.namespace, [`addr del ${FAR[4]}/32 dev lo`, `addr del ${FAR[6]}/128 dev lo`]);
  }, 120_000);

  it('the status names the junction, and pods have it as their gateway', async () => {
    const { status } = await lab().client.get(resources.subnet, 'yard');
    expect(status).toMatchObject({ u2oInterconnectionIP: '172.31.20.254,fd00:172:31:20::fe', u2oInterconnectionVPC: 'ovn-cluster' });
    expect(pod(UNDERLAY).metadata.annotations?.['ovn.kubernetes.io/gateway']).toBe(status?.u2oInterconnectionIP);
  });

  it.each(FAMILIES)(
    'IPv%i: underlay and overlay pods reach each other under their own addresses, on one node and across',
    async (family) => {
      for (const other of OVERLAY) {
        const isReached = async (): Promise<boolean> => (await seen(UNDERLAY, other, family)) === addressOf(UNDERLAY, family);
        await eventually(`${other} answers`, isReached).catch(async (cause: unknown) => {
          throw new Error(await unreached(lab(), 20, isReached), { cause });
        });
        expect(await seen(other, UNDERLAY, family)).toBe(addressOf(other, family));
      }
    },
    180_000,
  );

  it.each(FAMILIES)(
    'IPv%i: the physical network sees them under their own addresses too, as before',
    async (family) => {
      for (const address of [outside(family), FAR[family]])
        expect(await ask(UNDERLAY, { address, ask: 'clientip' })).toBe(addressOf(UNDERLAY, family));
      expect(await askOf(host, { address: addressOf(UNDERLAY, family), ask: 'clientip' })).toBe(outside(family));
    },
    60_000,
  );

  it.each(FAMILIES)(
    'IPv%i: a service with overlay pods answers underlay pods, on the pods’ node and on another',
    async (family) => {
      const { spec } = await lab().client.get(resources.service, 'hall/porter');
      const address = spec?.clusterIPs?.find((ip) => ip.includes(':') === (family === 6)) ?? '';
      expect(await ask(UNDERLAY, { address, port: 80 })).toBe('porter');
      expect(await ask(NEIGHBOUR, { address, port: 80 })).toBe('porter');
    },
    60_000,
  );

  it('turned off, the overlay is not reached and the physical network still is; turned on again, both, by the same pods', async () => {
    const patch = (u2oInterconnection: boolean): Promise<unknown> =>
      lab().client.patch(resources.subnet, 'yard', { spec: { u2oInterconnection } });
    await patch(false);
    await eventually(
      'physical gateway',
      async () => (await ask(UNDERLAY, { address: FAR[4], ask: 'clientip' })) === addressOf(UNDERLAY, 4),
    );
    await eventually('no answer', async () => (await seen(UNDERLAY, 'hall/clerk', 4)) !== addressOf(UNDERLAY, 4));
    expect((await lab().client.get(resources.subnet, 'yard')).status?.u2oInterconnectionIP).toBe('');
    await patch(true);
    await eventually('clerk answers', async () => (await seen(UNDERLAY, 'hall/clerk', 4)) === addressOf(UNDERLAY, 4));
    await eventually(
      'physical gateway',
      async () => (await ask(UNDERLAY, { address: FAR[4], ask: 'clientip' })) === addressOf(UNDERLAY, 4),
    );
  }, 120_000);
}
