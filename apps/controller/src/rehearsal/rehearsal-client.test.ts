import { type KubeObject, resources, type Subnet } from '@kube-ovn/api';
import { KubeError, type KubeClient } from '@kube-ovn/kube';
import { describe, expect, it } from 'vitest';
import { rehearsalClient } from './rehearsal-client.ts';

const subnet: Subnet = {
  apiVersion: 'kubeovn.io/v1',
  kind: 'Subnet',
  metadata: { name: 'shop', resourceVersion: '7', annotations: { kept: 'a', changed: 'b', removed: 'c' } },
  spec: { cidrBlock: '10.20.0.0/24' },
};

/** A server with that one Subnet, which fails on whatever would write. */
const server = {
  list: () => Promise.resolve({ items: [subnet], resourceVersion: '7' }),
  get: () => Promise.reject(new KubeError('KUBE_NOT_FOUND', 'not there', { retry: 'never' })),
} as unknown as KubeClient;

describe('a client that writes nothing', () => {
  it('answers a patch with what the object would be, and builds the next on it', async () => {
    const client = rehearsalClient(server, () => undefined);
    await client.patch(resources.subnet, 'shop', { metadata: { annotations: { changed: 'x', removed: null } } });
    const { metadata, spec } = await client.patch(resources.subnet, 'shop', { spec: { private: true } });
    expect(metadata).toEqual({ name: 'shop', annotations: { kept: 'a', changed: 'x' } });
    expect(spec).toEqual({ cidrBlock: '10.20.0.0/24', private: true });
    expect(client.unsent.map(({ verb, kind, key }) => `${verb} ${kind} ${key}`)).toEqual(['patch Subnet shop', 'patch Subnet shop']);
  });

  it('finds what it would have created, and tells of it', async () => {
    const told: KubeObject[] = [];
    const client = rehearsalClient(server, (_kind, object) => told.push(object));
    await client.create(resources.subnet, { ...subnet, metadata: { name: 'new' } });
    expect((await client.get(resources.subnet, 'new')).spec).toEqual(subnet.spec);
    expect(told.map(({ metadata }) => metadata.name)).toEqual(['new']);
    await client.delete(resources.subnet, 'new');
    expect(client.unsent.map(({ verb }) => verb)).toEqual(['create', 'delete']);
  });

  it('a patch of what is not there fails as the server would', async () => {
    const client = rehearsalClient(server, () => undefined);
    await expect(client.patch(resources.subnet, 'absent', { spec: {} })).rejects.toMatchObject({ code: 'KUBE_NOT_FOUND' });
    expect(client.unsent).toEqual([]);
  });
});
