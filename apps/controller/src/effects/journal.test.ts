import { FINALIZER, type IP } from '@kube-ovn/api';
import { type SourceTable, sourceTable } from '@kube-ovn/dataflow';
import { clientOver, type KubeRequest } from '@kube-ovn/kube';
import { FakeApi, type FakeObject, FakeTransport } from '@kube-ovn/kube/testing';
import { describe, expect, it } from 'vitest';
import type { JournalEntry } from './ip-object.ts';
import { KubeJournal } from './journal.ts';

const entryFor = (uid: string, node = 'n'): JournalEntry => ({
  lease: {
    owner: 'a.shop',
    subnet: 's',
    v4: '10.0.0.2',
    mac: '0a:00:00:00:00:02',
    node,
    holder: { kind: 'Pod', namespace: 'shop', name: 'a', uid },
  },
  podType: '',
  isReserved: false,
});

/** A journal whose cache hears of nothing but its own writes, and whose requests may be held up on their way. */
class World {
  readonly api: FakeApi = new FakeApi();
  readonly table: SourceTable<IP> = sourceTable<IP>('ips');
  readonly journal: KubeJournal;
  /** Called before a request arrives. */
  arriving: (request: KubeRequest) => void = () => {};
  /** Called before an answer leaves. */
  answered: (request: KubeRequest) => void = () => {};

  constructor() {
    this.api.serve('ips');
    const pass = (request: KubeRequest, way: 'there' | 'back'): Promise<void> => {
      if (way === 'there') this.arriving(request);
      else this.answered(request);
      return Promise.resolve();
    };
    const client = clientOver(new FakeTransport(this.api, { pass }));
    this.journal = new KubeJournal(client, { table: this.table, upsert: (object) => this.table.set(object.metadata.name, object) }, 4);
  }

  get stored(): ReturnType<KubeJournal['find']> {
    return this.api.collection('ips').get('a.shop') as ReturnType<KubeJournal['find']>;
  }

  /** Once, before the first request of a method arrives. */
  before(method: string, action: () => void): void {
    this.arriving = (request) => {
      if (request.method !== method) return;
      this.arriving = () => {};
      action();
    };
  }

  /** Once, after the first request of a method was carried out. */
  afterwards(method: string, action: () => void): void {
    this.answered = (request) => {
      if (request.method !== method) return;
      this.answered = () => {};
      action();
    };
  }

  /** The object goes, and another of its name comes, which a user made. */
  replaceByAnother(): void {
    const ips = this.api.collection('ips');
    const { metadata, ...rest } = this.stored as unknown as FakeObject;
    ips.remove(ips.put({ ...rest, metadata: { ...metadata, finalizers: [] } }));
    if (this.stored !== undefined) ips.remove(this.stored as unknown as FakeObject);
    ips.put({ ...rest, metadata: { name: metadata.name, uid: 'another', finalizers: ['of/a-user'] } });
  }

  edit(change: (metadata: FakeObject['metadata']) => Partial<FakeObject['metadata']>): void {
    const object = this.stored as unknown as FakeObject;
    this.api.collection('ips').put({ ...object, metadata: { ...object.metadata, ...change(object.metadata) } });
  }
}

async function written(): Promise<World> {
  const world = new World();
  expect(await world.journal.write('a.shop', entryFor('first'))).toBe('written');
  return world;
}

describe('KubeJournal', () => {
  it('writes and erases; what is gone already is success, whatever its cache still shows', async () => {
    const world = await written();
    expect(world.stored?.metadata.finalizers).toEqual([FINALIZER]);
    await world.journal.erase('a.shop');
    expect([world.stored, world.journal.find('a.shop')]).toEqual([undefined, undefined]);
    expect(world.table.has('a.shop')).toBe(true); // the watch is behind
    await world.journal.erase('a.shop');
    expect(await world.journal.write('a.shop', entryFor('later'))).toBe('written');
    expect(world.journal.find('a.shop')?.metadata.uid).toBe(world.stored?.metadata.uid);
  });

  it.each(['DELETE', 'PATCH'])('a %s that arrives when another object has the name leaves that one whole', async (method) => {
    const world = await written();
    if (method === 'PATCH') {
      // A former leader had begun: only the finalizer is left to take away.
      world.api.collection('ips').remove(world.stored as unknown as FakeObject);
      world.table.set('a.shop', world.stored as IP);
    }
    const requests: string[] = [];
    world.before(method, () => {
      world.replaceByAnother();
      world.arriving = (request) => {
        requests.push(request.method);
        if (request.method === 'GET') throw new Error('cut off'); // nothing more arrives
      };
    });
    await expect(world.journal.erase('a.shop')).rejects.toThrow('cut off');
    expect(requests).toEqual(['GET']);
    expect(world.stored?.metadata).toMatchObject({ uid: 'another', finalizers: ['of/a-user'] });
    expect(world.stored?.metadata.deletionTimestamp).toBeUndefined();
  });

  it('an object that its user deleted while it got its addresses is not made anew to stay', async () => {
    const world = new World();
    const { api, journal } = world;
    const made = api
      .collection('ips')
      .put({ apiVersion: 'kubeovn.io/v1', kind: 'IP', metadata: { name: 'a.shop', uid: 'made' }, spec: {} });
    world.table.set('a.shop', made as unknown as IP);
    world.before('PATCH', () => api.collection('ips').remove(made));
    expect(await journal.write('a.shop', { ...entryFor(''), isReserved: true })).toBe('written');
    expect(world.stored?.metadata.labels?.['ovn.kubernetes.io/ip_reserved']).toBe('false');
  });

  it('a change that meets another object of the name leaves that one whole, and says so', async () => {
    const world = await written();
    world.before('PATCH', () => world.replaceByAnother());
    expect(await world.journal.write('a.shop', entryFor('later', 'n2'))).toBe('other');
    expect(world.stored?.spec.nodeName).toBe('n');
    expect(world.journal.find('a.shop')?.metadata.uid).toBe('another');
  });

  it('a change goes on when only labels of others were changed meanwhile', async () => {
    const world = await written();
    world.before('PATCH', () => world.edit(({ labels }) => ({ labels: { ...labels, theirs: 'x' } })));
    expect(await world.journal.write('a.shop', entryFor('first', 'n2'))).toBe('written');
    expect([world.stored?.spec.nodeName, world.stored?.metadata.labels?.['theirs']]).toEqual(['n2', 'x']);
  });

  it.each([0, 1])('an object that is being deleted is not given to a later pod (%i)', async (isKnown) => {
    const world = await written();
    const remove = (): void => void world.api.collection('ips').remove(world.stored as unknown as FakeObject);
    if (isKnown === 1) {
      remove();
      world.table.set('a.shop', world.stored as IP);
    } else world.before('PATCH', remove);
    expect(await world.journal.write('a.shop', entryFor('later'))).toBe('other');
    expect(world.journal.find('a.shop')?.metadata.deletionTimestamp).toBeDefined();
  });

  it('finalizers of others keep an object where it is, and in sight', async () => {
    const world = await written();
    world.edit(() => ({ finalizers: [FINALIZER, 'of/a-user'] }));
    await world.journal.erase('a.shop');
    expect(world.stored?.metadata.finalizers).toEqual(['of/a-user']);
    expect(world.journal.find('a.shop')?.metadata.deletionTimestamp).toBeDefined();
  });

  it('an object that is there again after it was erased, under the same uid, is seen', async () => {
    const world = new World();
    await world.journal.write('a.shop', entryFor('1'));
    const stored = world.stored as unknown as FakeObject;
    // The API server is set back while the answer to the last request is on its way.
    const table = world.table;
    world.afterwards('PATCH', () => table.set('a.shop', world.api.collection('ips').put(stored) as unknown as IP));
    await world.journal.erase('a.shop');
    expect(world.stored?.metadata.uid).toBe(stored.metadata.uid);
    expect(world.journal.find('a.shop')).toBe(table.peek('a.shop'));
  });

  it('says when conflicts do not end', async () => {
    const world = await written();
    world.arriving = ({ method }) => {
      if (method === 'PATCH') world.edit(({ labels }) => ({ labels: { ...labels, at: String(Math.random()) } }));
    };
    await expect(world.journal.write('a.shop', entryFor('first', 'n2'))).rejects.toMatchObject({ code: 'KUBE_CONFLICT' });
    expect(world.api.requests.filter((request) => request.startsWith('PATCH'))).toHaveLength(4);
  });
});
