import { describe, expect, it } from 'vitest';
import { checkEnvironment } from './check.ts';
import type { EnvironmentFacts, NodeEnvironment } from './facts.ts';
import { printEnvironment } from './print.ts';
import { isBefore, printVersion, versionIn } from './version.ts';

function node(name: string, changes: Partial<NodeEnvironment> = {}): NodeEnvironment {
  const address = `10.254.0.${name.at(-1)}`;
  return {
    node: name,
    kernel: '6.1.0',
    hasKernelModule: true,
    datapath: 'system',
    hasDatapath: true,
    vswitchd: 'ovs-vswitchd (Open vSwitch) 3.3.0',
    controller: 'ovn-controller 23.03.1\nOpen vSwitch Library 3.1.0',
    mustMatchNorthd: false,
    nft: { works: true },
    tc: { works: true },
    forwardsIpv4: true,
    connections: { used: 10, max: 1000 },
    encapType: 'geneve',
    encapAddresses: [address],
    links: [
      { name: 'eth0', mtu: 1500, addresses: [address, 'fe80::1'] },
      { name: 'ovn0', mtu: 1400, addresses: ['100.64.0.2'] },
    ],
    tunnels: [{ name: 'ovn-node9-0', type: 'geneve', remote: '10.254.0.9', error: '' }],
    tunnelPorts: [],
    dpdk: { wanted: 'false', isInitialized: false },
    hugepages: { total: 0, free: 0 },
    clock: { aheadMs: 0, doubtMs: 5 },
    ...changes,
  };
}

function facts(changes: Partial<NodeEnvironment> = {}, rest: Partial<EnvironmentFacts> = {}): EnvironmentFacts {
  return { nodes: [node('node1', changes), node('node2')], unseen: [], subnets: [], northd: '23.03.1-20.27.0-70.6', ...rest };
}

const found = (given: EnvironmentFacts): readonly string[] =>
  checkEnvironment(given).map(({ severity, code, object }) => `${severity} ${code} ${object}`);

describe('nodes', () => {
  it('that have all that is needed have no findings', () => {
    expect(found(facts())).toEqual([]);
  });

  it.each<[string, Partial<NodeEnvironment>, readonly string[]]>([
    ['ovs-vswitchd is silent', { vswitchd: undefined, hasDatapath: false }, ['error OVS_SILENT']],
    ['ovn-controller is silent', { controller: undefined }, ['error OVN_CONTROLLER_SILENT']],
    ['br-int is in no datapath', { hasDatapath: false, hasKernelModule: false }, ['error NO_DATAPATH']],
    ['nft fails', { nft: { works: false, reason: 'Operation not supported' } }, ['error NO_NFTABLES']],
    ['tc is missing', { tc: { works: false, reason: 'tc is not installed' } }, ['warning NO_TRAFFIC_CONTROL']],
    ['nothing is forwarded', { forwardsIpv4: false }, ['error NO_FORWARDING']],
    ['connections are near their end', { connections: { used: 901, max: 1000 } }, ['warning CONNECTIONS_FULL']],
    ['connections are many', { connections: { used: 900, max: 1000 } }, []],
    ['OVN is too old', { controller: 'ovn-controller 22.12.0' }, ['error OLD_OVN', 'note VERSION_DIFFERS']],
    ['OVN is another one than centrally', { controller: 'ovn-controller 24.03.2' }, ['note VERSION_DIFFERS']],
    ['... and must not be', { controller: 'ovn-controller 24.03.2', mustMatchNorthd: true }, ['error VERSION_DIFFERS']],
    ['the tunnels’ address is nowhere', { encapAddresses: ['10.9.9.9'] }, ['error NO_TUNNEL_ADDRESS']],
    [
      'a tunnel could not be made',
      { tunnels: [{ name: 'ovn-node2-0', type: 'vxlan', remote: '10.254.0.2', error: 'Address already in use' }] },
      ['error TUNNEL_FAILED'],
    ],
    ['the type of tunnel carries nothing', { encapType: 'stt' }, ['warning UNCARRIED_TUNNEL_TYPE']],
    ['DPDK is wanted without hugepages', { dpdk: { wanted: 'true', isInitialized: false } }, ['error NO_HUGEPAGES', 'error NO_DPDK']],
    ['DPDK may be tried', { dpdk: { wanted: 'try', isInitialized: false }, hugepages: { total: 9, free: 9 } }, ['warning NO_DPDK']],
    ['DPDK runs', { dpdk: { wanted: 'true', isInitialized: true }, hugepages: { total: 9, free: 0 } }, []],
    [
      'what can not be told is no finding',
      { clock: undefined, forwardsIpv4: undefined, connections: undefined, hasKernelModule: undefined },
      [],
    ],
  ])('where %s', (_what, changes, expected) => {
    expect(found(facts(changes))).toEqual(expected.map((line) => `${line} node node1`));
  });

  it('with the userspace datapath have its known faults, until the version that mends them', () => {
    const of = (vswitchd: string) => found(facts({ datapath: 'netdev', tunnelPorts: ['genev_sys_6081'], vswitchd })).length;
    expect([of('3.1.0'), of('3.1.2'), of('3.2.9'), of('3.3.0')]).toEqual([2, 1, 1, 0]);
  });

  it('with the userspace datapath need an open port for tunnels', () => {
    expect(found(facts({ datapath: 'netdev' }))).toEqual(['error TUNNEL_PORT_CLOSED node node1']);
  });

  it('that could not be looked at are named, with the reason', () => {
    const [finding] = checkEnvironment(facts({}, { unseen: [{ node: 'node3', reason: 'no pod' }] }));
    expect(finding).toMatchObject({ code: 'NODE_UNSEEN', object: 'node node3', message: 'it could not be looked at: no pod' });
  });
});

describe('the MTU', () => {
  const wide = {
    links: [
      { name: 'eth0', mtu: 9000, addresses: ['10.254.0.1'] },
      { name: 'ovn0', mtu: 8900, addresses: [] },
    ],
  };

  it('of a node’s pods is held against the narrowest tunnels, which may be another node’s', () => {
    const [finding, ...others] = checkEnvironment(facts(wide));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      code: 'MTU_TOO_LARGE',
      object: 'node node1',
      message: expect.stringContaining('node node2 carry 1400'),
    });
  });

  it('of a Subnet too', () => {
    expect(
      found(
        facts(
          {},
          {
            subnets: [
              { name: 'fits', mtu: 1400 },
              { name: 'jumbo', mtu: 1401 },
            ],
          },
        ),
      ),
    ).toEqual(['error MTU_TOO_LARGE Subnet jumbo']);
  });

  it('of a single node has no tunnel to fit', () => {
    expect(found({ ...facts(), nodes: [node('node1', { links: wide.links.map((link) => ({ ...link, mtu: 9000 })) })] })).toEqual([]);
  });

  it('has less room over IPv6', () => {
    const links = [
      { name: 'eth0', mtu: 1500, addresses: ['fd00::1'] },
      { name: 'ovn0', mtu: 1400, addresses: [] },
    ];
    const [finding] = checkEnvironment(facts({ links, encapAddresses: ['fd00::1'] }));
    expect(finding?.message).toContain('node node1 carry 1380');
  });
});

describe('clocks', () => {
  const clocks = (...aheadMs: readonly number[]): readonly string[] =>
    checkEnvironment({ ...facts(), nodes: aheadMs.map((ms, i) => node(`node${i + 1}`, { clock: { aheadMs: ms, doubtMs: 100 } })) }).map(
      ({ object, message }) => `${object} ${message}`,
    );

  it('are held against the middle one, so that the wrong one is named', () => {
    expect(clocks(9000, 9010, 0)).toEqual(['node node3 its clock is 9.0 s behind that of node1']);
    expect(clocks(0, 5, 60_000)).toEqual(['node node3 its clock is 60.0 s ahead of that of node2']);
  });

  it('that may differ by the time of the question alone are left alone', () => {
    expect(clocks(0, 2199, 0)).toEqual([]);
    expect(clocks(0, 2201, 0)).toHaveLength(1);
  });
});

describe('versions', () => {
  it('are read, compared and printed as their programs do', () => {
    expect(versionIn('ovn-controller 23.03.1')).toEqual([23, 3, 1]);
    expect(versionIn('none')).toBeUndefined();
    expect([isBefore([3, 1, 0], [3, 1, 2]), isBefore([3, 2, 0], [3, 1, 2]), isBefore([3, 1, 2], [3, 1, 2])]).toEqual([true, false, false]);
    expect([printVersion([23, 3, 1]), printVersion([3, 1, 0])]).toEqual(['23.03.1', '3.1.0']);
  });
});

it('what is the same on several nodes is said once, and counted for each', () => {
  const old = { datapath: 'netdev', tunnelPorts: ['genev_sys_6081'], vswitchd: '3.1.2' } as const;
  const findings = checkEnvironment({ ...facts(), nodes: [node('node1', old), node('node2', old)] });
  const lines = printEnvironment(['node1', 'node2'], findings).split('\n');
  expect(lines).toHaveLength(3);
  expect([lines[0], lines[2]]).toEqual([
    expect.stringMatching(/KNOWN_FAULT {2}node node1, node node2: /),
    'errors 0, warnings 0, notes 2 (nodes looked at: node1, node2)',
  ]);
});

it('errors come first, and each has its way out below it', () => {
  const findings = checkEnvironment(facts({ datapath: 'netdev', tunnelPorts: ['genev_sys_6081'], vswitchd: '3.1.2', forwardsIpv4: false }));
  const [first, fix, second] = printEnvironment(['node1', 'node2'], findings).split('\n');
  expect([first, fix, second]).toEqual([
    expect.stringMatching(/^error {4}NO_FORWARDING {2}node node1: /),
    expect.stringMatching(/^ {4}fix: /),
    expect.stringMatching(/^note {5}KNOWN_FAULT /),
  ]);
  expect(printEnvironment(['node1', 'node2'], findings)).toMatch(/errors 1, warnings 0, notes 1 \(nodes looked at: node1, node2\)$/);
});
