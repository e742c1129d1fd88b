import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Api, Target } from '../api.ts';
import { asObject, parseJson } from '../json.ts';
import type { KubeObject } from '../object.ts';
import { listObjects } from '../operations/list.ts';
import { fakePorts } from '../testing/fake-ports.ts';
import type { Core } from '../wire.ts';
import { core } from '../wire.ts';
import type { WatchEvent } from '../testing/test-server.ts';
import { Watch, planWatch } from './watch.ts';

interface Bench extends Core {
  readonly target: Target;
  readonly advance: (ms: number) => void;
}

function bench(historyLimit = 64): Bench {
  const ports = fakePorts();
  const made = core({
    ports,
    historyLimit,
    serviceClusterIpRange: '10.96.0.0/12',
    caCertificate: '',
    failed: (error) => {
      throw error;
    },
  });
  const resource = made.api.registry.find('', 'v1', 'configmaps')!;
  return { ...made, target: { resource, namespace: 'default' }, advance: ports.advance };
}

interface Recording {
  readonly events: WatchEvent[];
  readonly watch: Watch;
  ended: boolean;
}

function record({ api, hub, target }: Bench, query: string, backlogBytes = 0): Recording {
  const events: WatchEvent[] = [];
  const recording = { events, ended: false } as { events: WatchEvent[]; ended: boolean; watch: Watch };
  recording.watch = new Watch({
    api,
    hub,
    target,
    plan: planWatch(api, target, new URLSearchParams(query)),
    encode: ({ type, stored }) => stored.frame(type, 'v1'),
    sink: {
      send: (frame) => events.push(parseJson(frame.toString()) as unknown as WatchEvent),
      end: () => void (recording.ended = true),
      backlogBytes,
    },
  });
  recording.watch.start();
  return recording;
}

function put(api: Api, name: string, colour: string): void {
  const object: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', labels: { colour } } };
  api.store.put('configmaps', `default/${name}`, object);
}

function replay(start: readonly KubeObject[], events: readonly WatchEvent[]): unknown {
  const items = new Map(start.map((object) => [object.metadata.name, object]));
  for (const { type, object } of events) {
    if (type === 'DELETED') items.delete(object.metadata.name);
    else items.set(object.metadata.name, object);
  }
  return [...items.values()].toSorted((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1));
}

const step = fc.record({ name: fc.constantFrom('a', 'b', 'c'), colour: fc.constantFrom('red', 'blue', 'none') });

describe('watch', () => {
  it('from any list, with any selector, replays to any later list', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 30 }),
        fc.nat(30),
        fc.constantFrom('', 'labelSelector=colour%3Dred', 'fieldSelector=metadata.name%3Da'),
        (steps, when, selector) => {
          const b = bench();
          const query = new URLSearchParams(selector);
          let page = listObjects(b.api, b.target, query);
          steps.forEach(({ name, colour }, index) => {
            if (index === when) page = listObjects(b.api, b.target, query);
            if (colour === 'none') b.api.store.remove('configmaps', `default/${name}`);
            else put(b.api, name, colour);
          });
          const { events } = record(b, `${selector}&resourceVersion=${page.resourceVersion}`);
          const now = listObjects(b.api, b.target, query);
          expect(
            replay(
              page.items.map(({ object }) => object),
              events,
            ),
          ).toEqual(now.items.map(({ object }) => object));
          const revisions = events.map(({ object }) => Number(object.metadata.resourceVersion));
          expect(revisions).toEqual(revisions.toSorted((x, y) => x - y));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('tells objects that begin and cease to match as added and deleted', () => {
    const b = bench();
    const { events } = record(b, 'labelSelector=colour%3Dred');
    put(b.api, 'a', 'blue');
    put(b.api, 'a', 'red');
    put(b.api, 'a', 'red');
    put(b.api, 'a', 'blue');
    put(b.api, 'a', 'blue');
    put(b.api, 'a', 'red');
    b.api.store.remove('configmaps', 'default/a');
    b.api.store.remove('configmaps', 'default/a');
    expect(events.map(({ type, object }) => `${type} ${object.metadata.labels!['colour']}`)).toEqual([
      'ADDED red',
      'MODIFIED red',
      'DELETED red',
      'ADDED red',
      'DELETED red',
    ]);
  });

  it('without a revision begins with what is there', () => {
    const b = bench();
    put(b.api, 'a', 'red');
    const { events } = record(b, '');
    put(b.api, 'b', 'red');
    expect(events.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual(['ADDED a', 'ADDED b']);
  });

  it('marks the end of the initial events when asked', () => {
    const b = bench();
    put(b.api, 'a', 'red');
    const { events } = record(b, 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true');
    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'BOOKMARK']);
    expect(events[1]!.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
    expect(events[1]!.object.metadata.resourceVersion).toBe(String(b.api.store.revision));
  });

  it('answers 410 in the stream when its revision is forgotten', () => {
    const b = bench(16);
    put(b.api, 'a', 'red');
    const revision = b.api.store.revision;
    for (let index = 0; index < 40; index++) put(b.api, 'a', `c${index}`);
    const recording = record(b, `resourceVersion=${revision}`);
    const { events } = recording;
    expect(events.map(({ type }) => type)).toEqual(['ERROR']);
    expect(asObject(events[0]!.object)).toMatchObject({ kind: 'Status', code: 410, reason: 'Expired' });
    expect(recording.ended).toBe(true);
  });

  it('sends bookmarks while nothing happens, and ends when its time is over', () => {
    const b = bench();
    const recording = record(b, 'allowWatchBookmarks=true&timeoutSeconds=150&resourceVersion=0&fieldSelector=metadata.name%3Dnone');
    b.advance(149_000);
    expect(recording.events.map(({ type }) => type)).toEqual(['BOOKMARK', 'BOOKMARK']);
    b.advance(1_000);
    expect(recording.events).toHaveLength(3);
    expect(recording.ended).toBe(true);
    expect(b.hub.size).toBe(0);
  });

  it('cuts off a peer that lets too much pile up', () => {
    const b = bench();
    const recording = record(b, '', 17 * 1024 * 1024);
    put(b.api, 'a', 'red');
    expect(recording.ended).toBe(true);
    expect(b.hub.size).toBe(0);
  });

  it.each([
    ['sendInitialEvents=true', 422, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'],
    ['resourceVersionMatch=Exact&resourceVersion=1', 422, 'resourceVersionMatch is forbidden for watch'],
    ['resourceVersion=x', 400, 'resourceVersion must be a non-negative integer'],
    ['resourceVersion=99999999999999', 504, 'Too large resource version'],
    ['labelSelector=a%20b', 400, 'unable to parse requirement'],
    ['fieldSelector=spec.x%3D1', 400, 'field label not supported: spec.x'],
  ])('refuses %s', (query, code, message) => {
    const b = bench();
    expect(() => planWatch(b.api, b.target, new URLSearchParams(query))).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) as string }),
    );
  });
});
