import type { EndpointInput, SliceInput } from '@kube-ovn/api';
import type { Answerer } from '@kube-ovn/host';
import { describe, expect, it } from 'vitest';
import { staleConnections, switchTuples } from './stale.ts';

const endpoint = (address: string, change: Partial<EndpointInput> = {}): EndpointInput => ({
  address,
  node: 'node1',
  isReady: true,
  isDraining: false,
  ...change,
});
const slice = (endpoints: readonly EndpointInput[], protocol: 'tcp' | 'udp' = 'udp'): SliceInput => ({
  service: 'shop/web',
  family: 4,
  endpoints,
  ports: [{ name: 'web', protocol, port: 8080 }],
});
const unready = { isReady: false };
const all = (): boolean => true;

function world() {
  const told: string[] = [];
  let now = 0;
  const say =
    (where: string) =>
    async ({ protocol, address, port }: Answerer): Promise<void> => {
      told.push(`${where} ${protocol} ${address} ${port}`);
    };
  const stale = staleConnections({ forget: say('kernel'), forgetInSwitch: say('switch'), now: () => now });
  const at = async (ms: number): Promise<readonly string[]> => {
    now = ms;
    await stale.flush();
    return told.splice(0);
  };
  return { stale, at };
}

describe('staleConnections', () => {
  it('one that has gone is forgotten in the kernel at once, and in Open vSwitch once and once more after its flows have changed', async () => {
    const { stale, at } = world();
    stale.changed('shop/a', slice([endpoint('10.0.0.1'), endpoint('10.0.0.2')]), all);
    stale.changed('shop/a', slice([endpoint('10.0.0.2')]), all);
    expect(await at(0)).toEqual(['kernel udp 10.0.0.1 8080']);
    expect(await at(500)).toEqual([]);
    expect(await at(1_000)).toEqual(['kernel udp 10.0.0.1 8080', 'switch udp 10.0.0.1 8080']);
    expect(await at(10_000)).toEqual(['switch udp 10.0.0.1 8080']);
    expect(await stale.flush()).toBe(true);
  });

  it.each([
    ['udp', unready, ['kernel udp 10.0.0.1 8080']],
    ['udp', { ...unready, isDraining: true }, []],
    ['tcp', unready, []],
    ['tcp', { ...unready, isDraining: true }, []],
  ] as const)('%s to one that is %j', async (protocol, change, expected) => {
    const { stale, at } = world();
    stale.changed('shop/a', slice([endpoint('10.0.0.1')], protocol), all);
    stale.changed('shop/a', slice([endpoint('10.0.0.1', change)], protocol), all);
    expect(await at(0)).toEqual(expected);
  });

  it('one that is in another slice, or comes back, keeps its connections; so do those of a service that is gone', async () => {
    const { stale, at } = world();
    for (const key of ['shop/a', 'shop/b']) stale.changed(key, slice([endpoint('10.0.0.1')]), all);
    stale.changed('shop/a', undefined, all);
    expect(await at(0)).toEqual([]);
    stale.changed('shop/b', undefined, all);
    stale.changed('shop/a', slice([endpoint('10.0.0.1')]), all);
    expect(await at(20_000)).toEqual([]);
    stale.changed('shop/a', undefined, () => false);
    expect(await at(40_000)).toEqual([]);
  });

  it('what fails stays due', async () => {
    const told: string[] = [];
    let isBroken = true;
    const forget = async ({ address }: Answerer): Promise<void> => {
      if (isBroken) throw new Error('no');
      told.push(address);
    };
    const stale = staleConnections({ forget, forgetInSwitch: forget, now: () => 0 });
    stale.changed('shop/a', slice([endpoint('10.0.0.1')]), all);
    stale.changed('shop/a', undefined, all);
    await expect(stale.flush()).rejects.toThrow('no');
    isBroken = false;
    expect([await stale.flush(), told]).toEqual([false, ['10.0.0.1']]);
  });
});

it('switchTuples: the tuple of the answers, whatever was asked', () => {
  expect(switchTuples({ protocol: 'tcp', family: 6, address: 'fd00::5', port: 80 })).toEqual([
    '',
    'ct_ipv6_src=fd00::5,ct_nw_proto=6,ct_tp_src=80',
  ]);
});
