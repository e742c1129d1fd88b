import type { ProviderNetwork } from '@kube-ovn/api';
import { KubeError } from '@kube-ovn/kube';
import { expect, test } from 'vitest';
import { isDeleted } from './deleted-networks.ts';

const notFound = (): never => {
  throw new KubeError('KUBE_NOT_FOUND', 'not found');
};
const listed = (...names: readonly string[]) => ({
  items: names.map((name) => ({ metadata: { name } })) as unknown as readonly ProviderNetwork[],
  resourceVersion: '1',
});
type Client = Parameters<typeof isDeleted>[0];
const client = (get: () => unknown, list: () => unknown): Client =>
  ({ get: async () => get(), list: async () => list() }) as unknown as Client;

test('a network is gone when the server says so of its name and lists the kind', async () => {
  expect(
    await isDeleted(
      client(notFound, () => listed('other')),
      'net1',
    ),
  ).toBe(true);
});

test('one that is there, whatever a list says, or that only the other answer shows, is not gone', async () => {
  expect(
    await isDeleted(
      client(
        () => listed('net1').items[0],
        () => listed(),
      ),
      'net1',
    ),
  ).toBe(false);
  expect(
    await isDeleted(
      client(notFound, () => listed('net1')),
      'net1',
    ),
  ).toBe(false);
});

test('a server without the kind, and one that does not answer, have said nothing', async () => {
  const unavailable = (): never => {
    throw new KubeError('KUBE_UNAVAILABLE', 'no answer');
  };
  await expect(isDeleted(client(notFound, notFound), 'net1')).rejects.toMatchObject({ code: 'KUBE_NOT_FOUND' });
  await expect(
    isDeleted(
      client(unavailable, () => listed()),
      'net1',
    ),
  ).rejects.toMatchObject({ code: 'KUBE_UNAVAILABLE' });
});
