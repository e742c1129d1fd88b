import { FakeScheduler } from '@kube-ovn/dataflow/testing';
import { describe, expect, it } from 'vitest';
import { clientOver, eventRecorder, type EventRecorderOptions } from '../index.ts';
import { FakeApi, FakeTransport } from '../testing/index.ts';

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'shop', name: 'web', uid: 'u1', resourceVersion: '5' } };
const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } };

function setup(options: EventRecorderOptions = {}) {
  const api = new FakeApi();
  const events = api.serve('events');
  const scheduler = new FakeScheduler();
  const random = { next: 0 };
  const recorder = eventRecorder(clientOver(new FakeTransport(api)), 'controller', {
    scheduler,
    wallClock: () => new Date(scheduler.now()),
    random: () => (random.next += 1 / 1024),
    ...options,
  });
  const all = () => events.keys().map((key) => events.get(key)!);
  return { api, events, scheduler, recorder, all };
}

describe('eventRecorder', () => {
  it('writes an Event that names the object', async () => {
    const { recorder, all } = setup({ host: 'n1' });
    recorder.event(pod, 'Warning', 'SubnetExhausted', 'no address left');
    await recorder.settled();
    expect(all()).toMatchObject([
      {
        metadata: { namespace: 'shop', name: 'web.004000000000' },
        involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web', uid: 'u1' },
        type: 'Warning',
        reason: 'SubnetExhausted',
        message: 'no address left',
        count: 1,
        firstTimestamp: '1970-01-01T00:00:00Z',
        lastTimestamp: '1970-01-01T00:00:00Z',
        source: { component: 'controller', host: 'n1' },
      },
    ]);
  });

  it('of an object without namespace, into namespace default', async () => {
    const { recorder, events } = setup();
    recorder.event(node, 'Normal', 'Ready', 'yes');
    await recorder.settled();
    expect(events.keys()).toEqual(['default/n1.004000000000']);
  });

  it('what is for programs stands in annotations; the same words with others are another Event', async () => {
    const { recorder, all } = setup();
    for (const value of ['a', 'b', 'b']) recorder.event(node, 'Normal', 'Gone', { message: 'gone', annotations: { 'x/what': value } });
    await recorder.settled();
    expect(all().map(({ message, count, metadata }) => [message, count, metadata.annotations])).toEqual([
      ['gone', 1, { 'x/what': 'a' }],
      ['gone', 2, { 'x/what': 'b' }],
    ]);
  });

  it('the same again is a count', async () => {
    const { api, scheduler, recorder, all } = setup();
    recorder.event(pod, 'Warning', 'Bad', 'a');
    recorder.event(pod, 'Warning', 'Bad', 'a');
    await recorder.settled();
    await scheduler.advance(61_000);
    recorder.event(pod, 'Warning', 'Bad', 'a');
    recorder.event(pod, 'Warning', 'Bad', 'b');
    await recorder.settled();
    expect(all().map(({ message, count, firstTimestamp, lastTimestamp }) => [message, count, firstTimestamp, lastTimestamp])).toEqual([
      ['a', 3, '1970-01-01T00:00:00Z', '1970-01-01T00:01:01Z'],
      ['b', 1, '1970-01-01T00:01:01Z', '1970-01-01T00:01:01Z'],
    ]);
    expect(api.requests).toHaveLength(3);
  });

  it('a state is not said again by a recorder that is started anew; an event, another message and another object are', async () => {
    const { api, recorder, all } = setup();
    recorder.state(pod, 'Warning', 'Bad', 'a');
    await recorder.settled();
    const anew = eventRecorder(clientOver(new FakeTransport(api)), 'controller', { random: () => 0.5 });
    anew.state(pod, 'Warning', 'Bad', 'a');
    await anew.settled();
    expect(all().map(({ message, count }) => [message, count])).toEqual([['a', 1]]);
    anew.state(pod, 'Warning', 'Bad', 'b');
    await anew.settled();
    expect(all().map(({ message }) => message)).toEqual(['a', 'b']);
    const later = eventRecorder(clientOver(new FakeTransport(api)), 'controller', { random: () => 0.25 });
    later.state({ ...pod, metadata: { ...pod.metadata, uid: 'u2' } }, 'Warning', 'Bad', 'a');
    await later.settled();
    const last = eventRecorder(clientOver(new FakeTransport(api)), 'controller', { random: () => 0.125 });
    last.event(pod, 'Warning', 'Bad', 'a');
    await last.settled();
    expect(all().filter(({ message }) => message === 'a')).toHaveLength(3);
  });

  it('an Event that the server has dropped meanwhile is news again', async () => {
    const { events, recorder, all } = setup();
    recorder.event(pod, 'Warning', 'Bad', 'a');
    await recorder.settled();
    events.remove(all()[0]!);
    recorder.event(pod, 'Warning', 'Bad', 'a');
    await recorder.settled();
    expect(all()).toMatchObject([{ message: 'a', count: 1 }]);
    expect(recorder.dropped).toBe(0);
  });

  it('an object that never stops talking is cut short, others are not', async () => {
    const { scheduler, recorder, all } = setup({ perObject: { burst: 5, refillMs: 1000 } });
    for (let at = 0; at < 100; at++) recorder.event(pod, 'Warning', 'Bad', `attempt ${at}`);
    recorder.event(node, 'Normal', 'Ready', 'yes');
    await recorder.settled();
    expect([all().length, recorder.dropped]).toEqual([6, 95]);
    await scheduler.advance(2000);
    for (let at = 100; at < 110; at++) recorder.event(pod, 'Warning', 'Bad', `attempt ${at}`);
    await recorder.settled();
    expect(all().length).toBe(8);
  });

  it('all together are bounded too', async () => {
    const { recorder, all } = setup({ overall: { burst: 10, refillMs: 1000 } });
    for (let at = 0; at < 100; at++) recorder.event({ ...pod, metadata: { ...pod.metadata, name: `p${at}` } }, 'Warning', 'Bad', 'x');
    await recorder.settled();
    expect([all().length, recorder.dropped]).toEqual([10, 90]);
  });

  it('never throws, whatever the server does and whatever it is given', async () => {
    const { api, recorder } = setup();
    api.failNext(() => true, { code: 503 }, Infinity);
    recorder.event(pod, 'Warning', 'Bad', 'x'.repeat(10_000));
    recorder.event({ kind: 'Pod' }, 'Warning', 'Bad', 'no name');
    await recorder.settled();
    expect(recorder.dropped).toBe(2);
  });
});
