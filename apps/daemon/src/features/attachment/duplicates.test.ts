import { describe, expect, test } from 'vitest';
import type { LinkProbe, Patience } from '@kube-ovn/host';
import { refuseDuplicates } from './duplicates.ts';
import type { AttachPlan } from './plan.ts';

/** A network where some addresses answer after some looks; counts the looks at the pod's own address. */
function network(answers: Readonly<Record<string, { readonly mac: string; readonly after: number }>>): {
  probe: LinkProbe;
  looks: () => number;
} {
  let looks = 0;
  const findOtherOwner = async (address: string, patience: Patience): Promise<string | undefined> => {
    for (let waited = 0; waited < patience.timeoutMs; waited++) {
      await patience.sleep(1);
      if (address === '10.16.0.5') looks++;
      const answer = answers[address];
      if (answer !== undefined && waited >= answer.after) return answer.mac;
      if (patience.cancelled?.() === true) return undefined;
    }
    return undefined;
  };
  return {
    probe: { findOtherOwner, resolveNeighbour: findNothing, announceAddress: () => {}, [Symbol.dispose]: () => {} },
    looks: () => looks,
  };
}

const findNothing = (): Promise<undefined> => Promise.resolve(undefined);
const address = { address: '10.16.0.5', prefix: '10.16.0.5/16', isIpv6: false, gateway: '10.16.0.1' };
const plan = (duplicates: AttachPlan['duplicates']): AttachPlan =>
  ({ attachment: { mac: 'own' }, addresses: [address], duplicates }) as unknown as AttachPlan;
const sleep = (): Promise<void> => Promise.resolve();

describe('refuseDuplicates', () => {
  test('an owner is named', async () => {
    const { probe } = network({ '10.16.0.5': { mac: 'thief', after: 0 }, '10.16.0.1': { mac: 'router', after: 0 } });
    await expect(refuseDuplicates(plan({ timeoutMs: 30, endsWithGateway: true }), { probe, sleep })).rejects.toMatchObject({
      code: 11,
      message: 'address 10.16.0.5 is in use by thief',
    });
  });

  test('the gateway answers: the wait is over', async () => {
    const { probe, looks } = network({ '10.16.0.1': { mac: 'router', after: 2 } });
    await refuseDuplicates(plan({ timeoutMs: 30, endsWithGateway: true }), { probe, sleep });
    expect(looks()).toBeLessThan(10);
  });

  test('the gateway is silent, or its answer proves nothing: the whole time is waited', async () => {
    for (const [answers, endsWithGateway] of [
      [{}, true],
      [{ '10.16.0.1': { mac: 'router', after: 0 } }, false],
    ] as const) {
      const { probe, looks } = network(answers);
      await refuseDuplicates(plan({ timeoutMs: 30, endsWithGateway }), { probe, sleep });
      expect(looks()).toBe(30);
    }
  });

  test('a port that is activated later asks nothing', async () => {
    const { probe, looks } = network({});
    await refuseDuplicates(plan(undefined), { probe, sleep });
    expect(looks()).toBe(0);
  });
});
