import type { CniRequest } from '@kube-ovn/api';
import { FakeScheduler } from '@kube-ovn/dataflow/testing';
import { describe, expect, test } from 'vitest';
import type { AttachmentService } from '../features/attachment/service.ts';
import { cniHandlers } from './handlers.ts';

const request = { container_id: 'c' } as CniRequest;
const never = new Promise<void>(() => {});

function setup(loaded: Promise<void>, unready: readonly string[] = []) {
  const calls: string[] = [];
  const note = (verb: string) => (): Promise<void> => {
    calls.push(verb);
    return Promise.resolve();
  };
  const service: AttachmentService = {
    add: () => {
      calls.push('add');
      return Promise.resolve({ ips: [] });
    },
    del: note('del'),
    check: note('check'),
    gc: note('gc'),
    followGateway: () => Promise.resolve(undefined),
    remove: note('remove'),
  };
  const scheduler = new FakeScheduler();
  return { calls, scheduler, handlers: cniHandlers(service, { loaded, unready: () => unready, scheduler }) };
}

describe('cniHandlers', () => {
  test('verbs reach the service; ADD alone has a result', async () => {
    const { calls, handlers } = setup(Promise.resolve());
    const results = [];
    for (const verb of ['ADD', 'DEL', 'CHECK', 'GC'] as const) results.push(await handlers[verb](request));
    expect([results, calls]).toEqual([
      [{ ips: [] }, undefined, undefined, undefined],
      ['add', 'del', 'check', 'gc'],
    ]);
  });

  test.for(['ADD', 'CHECK', 'GC'] as const)('%s is refused when the database cannot be read; nothing is done', async (verb) => {
    const { calls, handlers, scheduler } = setup(never);
    const refused = handlers[verb](request).catch((error: unknown) => error);
    await scheduler.advance(10_000);
    expect([await refused, calls]).toEqual([expect.objectContaining({ code: 11 }), []]);
  });

  test('DEL goes on without the database', async () => {
    const { calls, handlers, scheduler } = setup(never);
    const done = handlers.DEL(request);
    await scheduler.advance(10_000);
    await done;
    expect(calls).toEqual(['del']);
  });

  test('STATUS: code 50 with all reasons, or nothing', async () => {
    await expect(setup(never, ['no bridge', 'no address']).handlers.STATUS(request)).rejects.toMatchObject({
      code: 50,
      message: 'no bridge',
      details: 'no address',
    });
    expect(await setup(never).handlers.STATUS(request)).toBeUndefined();
  });
});
