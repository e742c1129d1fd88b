import { join } from 'node:path';
import { type Pod, resources } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import { runTool } from '../../src/infra/tool.ts';
import { becomesReady, disagreements, eventually, kubectl, nbctl, netnsOf, readyPod, remove, type LabRef } from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/router-advertisements.yaml');

/** docs/features/router-advertisements.md, as a kernel takes what it hears. */
export function routerAdvertisements(lab: LabRef): void {
  const inside = async (pod: Pod, ...argv: readonly string[]): Promise<string> =>
    (await runTool(['nsenter', `--net=${netnsOf(lab(), pod)}`, ...argv], { accept: [0, 1, 2] })).stdout;
  /** Routes that the kernel has by advertisements alone. */
  const learnt = (pod: Pod): Promise<string> => inside(pod, 'ip', '-6', 'route', 'show', 'proto', 'ra');
  /** Addresses that it has formed. */
  const formed = (pod: Pod): Promise<string> =>
    inside(pod, 'ip', '-6', '-o', 'address', 'show', 'dev', 'eth0', 'dynamic', 'scope', 'global');
  /** Announcements so far. */
  const heard = async (pod: Pod): Promise<number> =>
    Number(/^Icmp6InRouterAdvertisements\s+(\d+)/m.exec(await inside(pod, 'cat', '/proc/net/snmp6'))?.[1]);
  const configs = (subnet: string): Promise<string> =>
    nbctl(lab(), '--bare', '--columns=ipv6_ra_configs', 'list', 'Logical_Router_Port', `ovn-cluster-${subnet}`);
  const routerOf = async (subnet: string): Promise<string> =>
    (await nbctl(lab(), '--bare', '--columns=mac', 'list', 'Logical_Router_Port', `ovn-cluster-${subnet}`)).trim();
  /** @source RFC 4291 appendix A: the interface identifier of a MAC address */
  const linkLocalOf = (mac: string): string => {
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mac.split(':').map((byte) => Number.parseInt(byte, 16));
    const groups = [
      [a ^ 2, b],
      [c, 0xff],
      [0xfe, d],
      [e, f],
    ] as const;
    return `fe80::${groups.map(([high, low]) => (high * 256 + low).toString(16)).join(':')}`;
  };

  /** From now on the kernel of a pod takes what it hears, as that of a guest behind the interface would; the daemon has told it not to. */
  const listen = (pod: Pod): Promise<string> => {
    const conf = '/proc/sys/net/ipv6/conf/eth0';
    return inside(pod, 'sh', '-c', `echo 64 > ${conf}/accept_ra_rt_info_max_plen && echo 1 > ${conf}/accept_ra`);
  };

  it('by default guests learn the router and form no addresses, and pods go by what they were given; the manifest as it stands', async () => {
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    const guest = await becomesReady(lab(), { namespace: 'managed', name: 'guest' });
    await eventually('announced', async () => (await heard(guest)) > 0, 60_000);
    expect(await learnt(guest)).toBe('');
    await listen(guest);
    const routes = await eventually(
      'the route has come',
      async () => {
        const found = await learnt(guest);
        return found.includes('default') ? found : undefined;
      },
      60_000,
    );
    expect(routes).toContain(`default via ${linkLocalOf(await routerOf('managed'))}`);
    expect(await formed(guest)).toBe('');
    expect(await configs('managed')).toMatch(/address_mode=dhcpv6_stateful/);
  }, 150_000);

  it('with slaac a guest that asks forms an address of the block, and learns routes, preference and MTU; all of it carries packets', async () => {
    const guest = await becomesReady(lab(), { namespace: 'formed', name: 'guest' });
    await listen(guest);
    // what the daemon gave goes with the link; coming up, the kernel solicits
    await inside(guest, 'sh', '-c', 'ip link set eth0 down && ip link set eth0 up');
    const line = await eventually('an address is formed', async () => {
      const found = await formed(guest);
      return found.includes('fd00:75:') ? found : undefined;
    });
    const [address = ''] = /fd00:75:[0-9a-f:]+/.exec(line) ?? [];
    expect(await inside(guest, 'ip', '-6', '-o', 'address', 'show', 'dev', 'eth0', 'scope', 'global', 'permanent')).toBe('');
    const routes = await learnt(guest);
    const via = `via ${linkLocalOf(await routerOf('formed'))} dev eth0`;
    expect(routes).toMatch(new RegExp(`default ${via} .*pref high`));
    expect(routes).toMatch(new RegExp(`fd00:99::/48 ${via} .*pref high`));
    expect((await inside(guest, 'cat', '/proc/sys/net/ipv6/conf/eth0/mtu')).trim()).toBe('1360');
    const neighbour = await readyPod(lab(), { name: 'neighbour', namespace: 'formed', node: 'node3' });
    await eventually('it is reached on another node', async () =>
      (await inside(neighbour, 'ping', '-q', '-c1', '-W1', address)).includes(' 1 received'),
    );
    const elsewhere = (await lab().client.get(resources.pod, 'managed/guest')).status?.podIPs?.find(({ ip }) => ip.includes(':'))?.ip ?? '';
    await eventually('the router that it learnt takes it to another Subnet', async () =>
      (await inside(guest, 'ping', '-q', '-c1', '-W1', elsewhere)).includes(' 1 received'),
    );
    await remove(lab(), resources.pod, 'formed/neighbour');
  }, 120_000);

  it('what can not be announced is told on the Subnet, which stays as it was; turned off, nothing is announced', async () => {
    const edit = (ipv6RAConfigs: string) => lab().client.patch(resources.subnet, 'managed', { spec: { ipv6RAConfigs } });
    const before = await configs('managed');
    await edit('address_mode=everything');
    await eventually('told', async () => {
      const { conditions = [] } = (await lab().client.get(resources.subnet, 'managed')).status ?? {};
      return conditions.some(
        ({ type, status, message = '' }) => type === 'Validated' && status === 'False' && message.includes('everything'),
      );
    });
    expect(await configs('managed')).toBe(before);
    await edit('address_mode=dhcpv6_stateful,send_periodic=true,max_interval=4,min_interval=3');
    const [guest, clock] = await Promise.all(
      ['managed', 'formed'].map((namespace) => lab().client.get(resources.pod, `${namespace}/guest`)),
    );
    if (guest === undefined || clock === undefined) throw new Error('no guests');
    const hears = async (pod: Pod): Promise<unknown> => {
      const sofar = await heard(pod);
      return eventually('two more announcements', async () => (await heard(pod)) >= sofar + 2);
    };
    await hears(guest);
    await lab().client.patch(resources.subnet, 'managed', { spec: { enableIPv6RA: false } });
    await eventually('off', async () => (await configs('managed')).trim() === '');
    await nbctl(lab(), '--wait=hv', 'sync');
    const last = await heard(guest);
    await hears(clock); // the other Subnet's, as often as those were
    expect(await heard(guest)).toBe(last);
    await remove(lab(), resources.pod, 'formed/guest'); // its device has another address than it was given
    expect(await disagreements(lab())).toBe('');
    await kubectl(lab(), 'delete', '-f', MANIFEST, '--ignore-not-found', '--timeout=60s');
  }, 120_000);
}
