import { resources } from '@kube-ovn/api';
import type { KubeClient } from '@kube-ovn/kube';
import type { DatabaseClient } from '@kube-ovn/ovsdb';
import { expect, it } from 'vitest';
import { fencedDatabase, fencedKube } from './fence.ts';

it('a write needs the lease at the moment it is sent; reading does not', async () => {
  const sent: string[] = [];
  const note = (verb: string) => (): Promise<never> => {
    sent.push(verb);
    return Promise.resolve() as Promise<never>;
  };
  const client = {
    get: note('get'),
    list: note('list'),
    watch: note('watch'),
    create: note('create'),
    replace: note('replace'),
    patch: note('patch'),
    delete: note('delete'),
    writes: 7,
    close: () => undefined,
  } as unknown as KubeClient;
  let isLeading = true;
  const fenced = fencedKube(client, () => isLeading);
  const database = fencedDatabase({ transact: note('transact') } as unknown as DatabaseClient, () => isLeading);
  const all = async (): Promise<PromiseSettledResult<unknown>[]> =>
    Promise.allSettled([
      fenced.get(resources.ip, 'a'),
      fenced.list(resources.ip),
      fenced.create(resources.ip, { metadata: { name: 'a' }, spec: {} }),
      fenced.replace(resources.ip, { metadata: { name: 'a' }, spec: {} }),
      fenced.patch(resources.ip, 'a', {}),
      fenced.delete(resources.ip, 'a'),
      database.transact([]),
    ]);
  await all();
  expect(sent).toEqual(['get', 'list', 'create', 'replace', 'patch', 'delete', 'transact']);
  sent.length = 0;
  isLeading = false;
  const results = await all();
  expect(sent).toEqual(['get', 'list']);
  expect(results.slice(2).map((result) => (result.status === 'rejected' ? (result.reason as { code: string }).code : 'sent'))).toEqual(
    Array(5).fill('CONTROLLER_NOT_LEADER'),
  );
  expect(fenced.writes).toBe(7);
});
