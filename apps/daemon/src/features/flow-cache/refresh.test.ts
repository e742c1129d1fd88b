import { describe, expect, test } from 'vitest';
import type { Remedy } from '../remedy.ts';
import { flowCache, readFlowNumbers } from './refresh.ts';

const shown = (flows: number): string =>
  `netdev@ovs-netdev:\n  flows         : (current 7) (avg 3) (max 9) (limit 78000)\n  dump duration : 1ms\n\n  5: (keys ${flows})\n  6: (keys 0)\n`;

/** An ovs-vswitchd that writes down what it is asked. */
function fake(mode: Remedy = 'auto', version = '3.1.0') {
  const state = { changes: 1, flows: 5, nowMs: 0, isUserspace: true, version, isStuck: false, reason: 'rev_flow_table', onPass: () => 0 };
  const asked: string[] = [];
  const answers: Readonly<Record<string, () => string>> = {
    version: () => `ovs-vswitchd (Open vSwitch) ${state.version}`,
    'coverage/read-counter': () => '0\n',
    'upcall/show': () => shown(state.flows),
    'revalidator/wait': () => {
      if (state.isStuck && asked.includes('upcall/set-flow-limit 0')) throw new Error('no answer');
      state.onPass();
      return '';
    },
  };
  const cache = flowCache({
    control: async (command, ...args) => {
      const answer = args[0] === state.reason ? `${state.changes}\n` : (answers[command]?.() ?? '');
      asked.push([command, ...args].join(' '));
      return answer;
    },
    mode,
    isUserspaceDatapath: () => state.isUserspace,
    now: () => state.nowMs,
  });
  const emptied = (): number => asked.filter((command) => command === 'upcall/set-flow-limit 78000').length;
  return { state, asked, cache, emptied };
}

/** What each look asks. */
const LOOK = ['rev_flow_table', 'rev_reconfigure', 'rev_port_toggled', 'rev_mac_learning'].map((name) => `coverage/read-counter ${name}`);

test('numbers of flows are read from what ovs-vswitchd shows', () => {
  expect(readFlowNumbers(shown(443))).toEqual({ flows: 443, limit: 78_000 });
  expect(readFlowNumbers('')).toBeUndefined();
});

describe('flowCache', () => {
  test('after a change two passes in a row see a limit of 0, and the limit is as before', async () => {
    const pass = ['upcall/set-flow-limit 0', 'upcall/show', 'upcall/set-flow-limit 0', 'revalidator/wait'];
    const { asked, cache } = fake();
    await cache.refresh();
    expect(asked).toEqual([...LOOK, 'version', 'upcall/show', ...pass, ...pass, 'upcall/set-flow-limit 78000']);
    expect(cache.refreshes).toBe(1);
  });

  test('it goes on until a pass had so few flows that it missed none', async () => {
    const { asked, cache, state } = fake();
    state.flows = 600;
    state.onPass = () => (state.flows = Math.floor(state.flows / 3));
    await cache.refresh();
    expect(asked.filter((command) => command === 'revalidator/wait')).toHaveLength(4);
    expect(state.flows).toBe(7);
  });

  test('where it can not end it is begun anew later', async () => {
    const { asked, cache, state, emptied } = fake();
    state.flows = 600;
    await cache.refresh();
    expect(asked.filter((command) => command === 'revalidator/wait')).toHaveLength(12);
    Object.assign(state, { flows: 40, nowMs: 60_000 });
    await cache.refresh();
    expect(emptied()).toBe(2);
    state.nowMs = 120_000;
    await cache.refresh();
    expect(emptied()).toBe(2);
  });

  test('without a change nothing is taken out', async () => {
    const { asked, cache, state } = fake();
    await cache.refresh();
    const before = asked.length;
    state.nowMs = 60_000;
    await cache.refresh();
    expect(asked.slice(before)).toEqual(LOOK);
  });

  test('a change that Open vSwitch counts as one of its configuration, since both came at once, is not missed', async () => {
    const { cache, state, emptied } = fake();
    await cache.refresh();
    Object.assign(state, { reason: 'rev_reconfigure', changes: 2, nowMs: 60_000 });
    await cache.refresh();
    expect(emptied()).toBe(2);
  });

  test('many changes are one refresh a second, and less often where there are many flows', async () => {
    const { cache, state, emptied } = fake();
    for (; state.nowMs < 10_000; state.nowMs += 100) {
      state.changes += 1;
      await cache.refresh();
    }
    expect(emptied()).toBe(10);
    state.flows = 50_000;
    state.changes += 1;
    await cache.refresh();
    state.changes += 1;
    state.nowMs += 9_900;
    await cache.refresh();
    expect(emptied()).toBe(11);
    state.nowMs += 100;
    await cache.refresh();
    expect(emptied()).toBe(12);
  });

  test.for([
    ['the kernel’s datapath', { isUserspace: false }, 'true'],
    ['a version without the fault', { version: '3.5.0' }, 'auto'],
    ['switched off', {}, 'false'],
    ['no flows', { flows: 0 }, 'true'],
  ] as const)('nothing is taken out: %s', async ([, change, mode]) => {
    const { cache, state, emptied } = fake(mode);
    Object.assign(state, change);
    await cache.refresh();
    expect(emptied()).toBe(0);
  });

  test('a version without the fault, and told to', async () => {
    const { cache, emptied } = fake('true', '3.5.0');
    await cache.refresh();
    expect(emptied()).toBe(1);
  });

  test('a restarted ovs-vswitchd is asked for its version again', async () => {
    const { cache, state, emptied } = fake();
    state.changes = 100;
    await cache.refresh();
    Object.assign(state, { version: '3.5.0', changes: 3, nowMs: 60_000 });
    await cache.refresh();
    expect(emptied()).toBe(1);
  });

  test('an ovs-vswitchd that gets stuck in between gets its limit back, and is asked again', async () => {
    const { asked, cache, state } = fake();
    state.isStuck = true;
    await expect(cache.refresh()).rejects.toThrow('no answer');
    expect(asked.at(-1)).toBe('upcall/set-flow-limit 78000');
    state.isStuck = false;
    await cache.refresh();
    expect(cache.refreshes).toBe(1);
  });
});
