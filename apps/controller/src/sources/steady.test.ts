import { FakeScheduler } from '@kube-ovn/dataflow/testing';
import { expect, it } from 'vitest';
import { steady } from './steady.ts';

it('the first place of a thing counts at once, others after a while; what has left one is nowhere meanwhile', async () => {
  const scheduler = new FakeScheduler();
  using places = steady(scheduler, 1000);
  const now = () => Object.fromEntries(places.table.entries());
  const put = (a: string, b: string): void =>
    places.update(
      new Map([
        ['a', a],
        ['b', b],
      ]),
    );
  put('', 'n1');
  expect(now()).toEqual({ b: 'n1' });
  put('n1', 'n2');
  expect(now(), 'a was nowhere before').toEqual({ a: 'n1', b: '' });
  await scheduler.advance(900);
  put('n1', '');
  await scheduler.advance(2000);
  expect(now(), 'nowhere for ever').toEqual({ a: 'n1', b: '' });
  put('n1', 'n1');
  await scheduler.advance(900);
  put('n1', 'n1');
  await scheduler.advance(99);
  expect(now()).toEqual({ a: 'n1', b: '' });
  await scheduler.advance(1);
  expect(now(), 'a second after it came').toEqual({ a: 'n1', b: 'n1' });
});

it('what moves again and again is nowhere all the time', async () => {
  const scheduler = new FakeScheduler();
  using places = steady(scheduler, 1000);
  for (const place of ['n1', 'n2', 'n1', 'n2', 'n1']) {
    places.update(new Map([['a', place]]));
    await scheduler.advance(900);
  }
  expect(places.table.get('a')).toBe('');
});

it('tells for how long a thing has been away from where it is', async () => {
  const scheduler = new FakeScheduler();
  using places = steady(scheduler, 1000);
  const away: (number | undefined)[] = [];
  for (const place of ['n1', 'n2', '', 'n1', 'n2']) {
    places.update(new Map([['a', place]]));
    away.push(places.absences.get('a'));
    await scheduler.advance(50);
  }
  expect(away).toEqual([0, 0, 0, 100, 100]);
});

it('what is no more is forgotten, and new when it comes again', async () => {
  const scheduler = new FakeScheduler();
  using places = steady(scheduler, 1000);
  places.update(new Map([['a', 'n1']]));
  places.update(new Map([['a', 'n2']]));
  places.update(new Map());
  await scheduler.advance(2000);
  expect([...places.table.keys()]).toEqual([]);
  places.update(new Map([['a', 'n3']]));
  expect(places.table.get('a')).toBe('n3');
});
