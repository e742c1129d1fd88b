/** What copies a whole node's traffic, and what an earlier Kube-OVN has left of it, on real Open vSwitch. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSysctl, rtnl } from '@kube-ovn/host';
import { startApi, startDaemonProcess, type ClusterApi, type DaemonProcess } from './daemon-process.ts';
import { retry, startOvnNode, type OvnNode } from './ovn-node.ts';
import { createTopology, JOIN } from './topology.ts';

const run = promisify(execFile);

let node: OvnNode;
let api: ClusterApi;
let daemon: DaemonProcess;

beforeAll(async () => {
  node = await startOvnNode();
  api = await startApi(node);
  await createTopology(node, api.api);
  // as Kube-OVN does when its daemon starts
  const port = ['add-port', 'br-int', 'mirror0', '--', 'set', 'Interface', 'mirror0', 'type=internal', 'mtu_request=1400'];
  const mirror = ['--id=@m', 'create', 'Mirror', 'name=m0', 'select_all=true', 'output_port=@o'];
  await node.vsctl(...port, '--', '--id=@o', 'get', 'Port', 'mirror0', '--', ...mirror, '--', 'add', 'Bridge', 'br-int', 'mirrors', '@m');
  daemon = startDaemonProcess(node, api);
}, 60_000);

afterAll(async () => {
  await daemon?.[Symbol.asyncDispose]();
  await api?.[Symbol.asyncDispose]();
  await node?.[Symbol.asyncDispose]();
}, 30_000);

const mirrors = (): Promise<string> => node.vsctl('--bare', '--columns=name,select_all', 'list', 'Mirror');
const ports = (): Promise<string> => node.vsctl('list-ports', 'br-int');

const inside = (...argv: readonly string[]) => run('nsenter', [`--net=${node.ns.path}`, '--', ...argv]);

/** Packets that a link of the node sees while the node asks a router of OVN. */
async function seenOn(link: string, count: number): Promise<string> {
  const filter = ['-n', '-i', link, '--immediate-mode', '-c', String(count), `icmp and host ${JOIN.gateway4}`];
  const listening = inside('timeout', '10', 'tcpdump', ...filter);
  let told = '';
  listening.child.stderr?.on('data', (text: string) => (told += text));
  await retry(() => {
    expect(told).toContain('listening on');
  });
  await inside('ping', '-q', '-c', String(count), '-i', '0.05', JOIN.gateway4);
  return (await listening).stdout;
}

test('what Kube-OVN has left goes when nothing is to be copied', async () => {
  await retry(async () => {
    expect([await mirrors(), (await ports()).includes('mirror0')]).toEqual(['', false]);
  });
}, 30_000);

test('--enable-mirror copies every packet that enters br-int; a further start writes nothing', async () => {
  await daemon.kill();
  daemon.restart(['--enable-mirror=true', '--mirror-iface=copies']);
  await retry(async () => {
    using links = rtnl(node.ns);
    expect(await links.link('copies')).toMatchObject({ up: true });
    expect(await links.link('ovn0')).toMatchObject({ up: true });
  });
  expect((await mirrors()).split('\n')).toEqual(['m0', 'true']);
  const seen = await seenOn('copies', 4);
  expect(seen.match(/echo request/g)).toHaveLength(4);

  const uuids = (): Promise<string> => node.vsctl('--columns=_uuid,name,select_all', 'list', 'Mirror');
  const before = await uuids();
  await daemon.kill();
  daemon.restart(['--enable-mirror=true', '--mirror-iface=copies']);
  await retry(async () => expect((await daemon.health('/readyz')).status).toBe(200));
  expect(await uuids()).toBe(before);
}, 60_000);

test('the link does not answer for the node', async () => {
  const { stdout } = await inside('ip', '-6', '-o', 'addr', 'show', 'dev', 'copies');
  const rules = ['arp_ignore', 'rp_filter'].map((name) => readSysctl(node.ns, `net/ipv4/conf/copies/${name}`));
  expect([stdout, ...rules]).toEqual(['', '8', '1']);
});

test('without the flag, the next start takes away bridge, ports and Mirror', async () => {
  expect(await node.vsctl('list-br')).toContain('br-mirror');
  await daemon.kill();
  daemon.restart([]);
  await retry(async () => {
    expect([await mirrors(), await node.vsctl('list-br'), (await ports()).split('\n')]).toEqual(['', 'br-int', ['ovn0']]);
  });
  using links = rtnl(node.ns);
  expect((await links.links()).map(({ name }) => name)).not.toContain('copies');
}, 30_000);
