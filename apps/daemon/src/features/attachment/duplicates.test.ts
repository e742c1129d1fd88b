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
const address = { address: '10.16.0.5', prefix: '10.16.0.5/16', isIpv6: false };
const plan = (listenMs: number): AttachPlan => ({ attachment: { mac: 'own' }, addresses: [address], listenMs }) as unknown as AttachPlan;
const sleep = (): Promise<void> => Promise.resolve();

describe('refuseDuplicates', () => {
  test('an owner is named', async () => {
    const { probe } = network({ '10.16.0.5': { mac: 'thief', after: 0 }, '10.16.0.1': { mac: 'router', after: 0 } });
    await expect(refuseDuplicates(plan(30), { probe, sleep })).rejects.toMatchObject({
      code: 11,
      message: 'address 10.16.0.5 is in use by thief',
    });
  });

  test('an owner is heard to the end of the wait, whoever else has answered before', async () => {
    const { probe, looks } = network({ '10.16.0.5': { mac: 'thief', after: 29 }, '10.16.0.1': { mac: 'router', after: 0 } });
    await expect(refuseDuplicates(plan(30), { probe, sleep })).rejects.toMatchObject({ code: 11 });
    expect(looks()).toBe(30);
  });

  test('silence: the whole time is waited', async () => {
    const { probe, looks } = network({ '10.16.0.1': { mac: 'router', after: 0 } });
    await refuseDuplicates(plan(30), { probe, sleep });
    expect(looks()).toBe(30);
  });

  test('a port that is activated later asks nothing', async () => {
    const { probe, looks } = network({});
    await refuseDuplicates(plan(0), { probe, sleep });
    expect(looks()).toBe(0);
  });
});
