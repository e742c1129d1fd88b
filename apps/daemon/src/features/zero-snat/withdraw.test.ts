import { expect, test } from 'vitest';
import type { ZeroSnat } from '../../sources/zero-snat.ts';
import type { Remedy } from '../remedy.ts';
import { withdrawZeroSnat } from './withdraw.ts';

/** A node that writes down what is done to it. */
function fake(
  start: ZeroSnat,
  { mode = 'auto', version = '3.1.0', isStuck = false }: { mode?: Remedy; version?: string; isStuck?: boolean } = {},
) {
  const done: string[] = [];
  let state = start;
  const become = (next: ZeroSnat) => async (): Promise<void> => {
    state = next;
    done.push(next);
  };
  const work = (): Promise<boolean> =>
    withdrawZeroSnat({
      mode,
      state: () => state,
      withdraw: become('withdrawn'),
      forgotten: become('gone'),
      control: async (command) => {
        if (command === 'version') return `ovs-vswitchd (Open vSwitch) ${version}`;
        if (isStuck) throw new Error('no answer');
        done.push(command);
        return '';
      },
      sleep: async (ms) => void done.push(`${ms} ms`),
    });
  return { done, work };
}

const FORGETTING = ['1000 ms', 'dpctl/flush-conntrack', 'gone'];

test('it is withdrawn, then the connections that were made with it are forgotten, once', async () => {
  const { done, work } = fake('offered');
  expect(await work()).toBe(true);
  expect(done).toEqual(['withdrawn', ...FORGETTING]);
  expect(await work()).toBe(false);
  expect(done).toHaveLength(4);
});

test('a daemon that was ended in between forgets them when it is back', async () => {
  const { done, work } = fake('withdrawn');
  await work();
  expect(done).toEqual(FORGETTING);
});

test('they are not taken for forgotten when ovs-vswitchd does not answer', async () => {
  const { done, work } = fake('offered', { isStuck: true });
  await expect(work()).rejects.toThrow('no answer');
  expect(done).toEqual(['withdrawn', '1000 ms']);
});

test.for([
  ['a version without the fault', { version: '3.3.0' }],
  ['switched off', { mode: 'false' }],
] as const)('nothing is done: %s', async ([, options]) => {
  const { done, work } = fake('offered', options);
  expect(await work()).toBe(false);
  expect(done).toEqual([]);
});

test('a version without the fault, and told to', async () => {
  const { done, work } = fake('offered', { mode: 'true', version: '3.5.0' });
  await work();
  expect(done[0]).toBe('withdrawn');
});
