/** Undoing, on the real kernel: whatever step fails, no link and no record is left. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createNetns, deleteNetns, isFolderBound, releaseFolder, rtnl, type Netns } from '@kube-ovn/host';
import { tryAgainLater } from '../../errors.ts';
import { attach, type AttachPorts } from './attach.ts';
import type { AttachPlan } from './plan.ts';

const id = randomBytes(3).toString('hex');
const hostLink = `ko${id}_h`;
let ns: Netns;
let bound: string[];

beforeEach(() => {
  ns = createNetns(`/run/netns/ko-d-attach-${id}`);
  bound = [];
});
afterEach(() => {
  ns[Symbol.dispose]();
  deleteNetns(ns.path);
});

const plan = (): AttachPlan => ({
  attachment: {
    containerId: 'c',
    ifName: 'eth0',
    network: 'kube-ovn',
    namespace: 'shop',
    pod: 'web-0',
    podUid: 'u1',
    netns: ns.path,
    provider: 'ovn',
    port: 'web-0.shop',
    hostLink,
    mac: '0a:00:00:10:00:05',
    answer: { ips: [] },
  },
  mtuBytes: 1400,
  addresses: [{ address: 'fd00::5', prefix: 'fd00::5/64', isIpv6: true }],
  routes: [{ dst: '::/0', via: 'fd00::1' }],
  listenMs: 0,
  gateways: [],
  checksumInPod: true,
});

const ports = (change: Partial<AttachPorts> = {}): AttachPorts => ({
  bind: ({ attachment }) => {
    bound.push(attachment.port);
    return () => bound.pop();
  },
  isShared: () => false,
  installed: () => Promise.resolve(),
  sleep: () => Promise.resolve(),
  cancelled: () => false,
  phase: () => {},
  ...change,
});

/** Links of the pod and of the node that are ours. */
async function leftovers(): Promise<readonly (string | undefined)[]> {
  using inside = rtnl(ns);
  using node = rtnl();
  return [(await inside.link('eth0'))?.name, (await node.link(hostLink))?.name].filter((name) => name !== undefined);
}

describe('attach', () => {
  test('everything works: link, record, settings, addresses, routes', async () => {
    const phases: string[] = [];
    await attach(plan(), ports({ phase: (name) => phases.push(name) }));
    using inside = rtnl(ns);
    expect(await inside.link('eth0')).toMatchObject({ up: true, mac: '0a:00:00:10:00:05', mtuBytes: 1400 });
    expect((await inside.addresses('eth0')).find(({ prefix }) => prefix === 'fd00::5/64')).toMatchObject({ tentative: false });
    expect((await inside.routes()).map(({ dst, via }) => [dst, via])).toContainEqual(['::/0', 'fd00::1']);
    expect(phases).toEqual(['link', 'port', 'addresses', 'gateway']);
    expect(bound).toEqual(['web-0.shop']);
    using node = rtnl();
    expect(await node.deleteLink(hostLink)).toBe(true);
  });

  test.for([
    ['the port is not installed', {}, { installed: () => Promise.reject(tryAgainLater('not installed')) }, 'not installed'],
    [
      'the record cannot be made',
      {},
      {
        bind: () => {
          throw new Error('no');
        },
      },
      'no',
    ],
    ['a next hop is on no prefix', { routes: [{ dst: '10.0.0.0/8', via: '10.9.9.9' }] }, {}, 'route 10.0.0.0/8 via 10.9.9.9 dev eth0'],
    ['the MAC is refused by the kernel', { mtuBytes: 7 }, {}, `link ${hostLink}`],
    ['the gateway is silent', { gateways: [{ own: 'fd00::5', gateway: 'fd00::1' }] }, {}, 'gateway fd00::1 did not answer'],
    [
      'the pod is deleted meanwhile',
      { gateways: [{ own: 'fd00::5', gateway: 'fd00::1' }] },
      { cancelled: () => true },
      'the pod was deleted',
    ],
  ] as const)('%s: nothing is left', async ([, planChange, portChange, says]) => {
    await expect(attach({ ...plan(), ...planChange } as AttachPlan, ports(portChange))).rejects.toThrow(says);
    expect(await leftovers()).toEqual([]);
    expect(bound).toEqual([]);
  });

  describe('of an interface over vhost-user', () => {
    const base = mkdtempSync(join(tmpdir(), 'attach-'));
    const vhostUser = { volume: 'v', source: join(base, 'v'), directory: join(base, 's', 'v'), path: join(base, 's', 'v', 'sock') };
    const socket = (): AttachPlan => ({ ...plan(), attachment: { ...plan().attachment, vhostUser } });
    beforeAll(() => mkdirSync(vhostUser.source));
    afterAll(() => {
      releaseFolder(vhostUser.directory);
      rmSync(base, { recursive: true });
    });

    test('the volume is shared and the port bound; nothing is done in the pod', async () => {
      const phases: string[] = [];
      await attach(socket(), ports({ phase: (name) => phases.push(name) }));
      expect(isFolderBound(vhostUser.source, vhostUser.directory)).toBe(true);
      expect([bound, phases, await leftovers()]).toEqual([['web-0.shop'], ['link', 'port'], []]);
    });

    test.each([
      ['of this interface alone', false],
      ['that another interface uses', true],
    ])('a port that is not installed: the record is taken back, and a volume %s is shared: %s', async (_name, isShared) => {
      const failing = ports({ installed: () => Promise.reject(tryAgainLater('not installed')), isShared: () => isShared });
      await expect(attach(socket(), failing)).rejects.toThrow('not installed');
      expect([bound, isFolderBound(vhostUser.source, vhostUser.directory)]).toEqual([[], isShared]);
    });
  });

  test('what an ADD that was cut off has left is replaced', async () => {
    using node = rtnl();
    await node.addVeth({ name: hostLink, peer: { name: 'eth0', ns } });
    await attach(plan(), ports());
    expect(await node.deleteLink(hostLink)).toBe(true);
  });

  test("the node's own namespace is refused", async () => {
    const own = { ...plan(), attachment: { ...plan().attachment, netns: '/proc/self/ns/net' } };
    await expect(attach(own, ports())).rejects.toMatchObject({ code: 4, message: expect.stringContaining('of the node itself') });
    expect(bound).toEqual([]);
  });

  test('an interface of somebody else is not touched', async () => {
    using inside = rtnl(ns);
    await inside.addLink({ name: 'eth0', kind: 'bridge' });
    await expect(attach(plan(), ports())).rejects.toMatchObject({ code: 4, message: expect.stringContaining('eth0') });
    expect((await inside.link('eth0'))?.kind).toBe('bridge');
    expect(bound).toEqual([]);
  });
});
