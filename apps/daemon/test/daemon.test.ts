/** The daemon as a process on a node with real OVN and real packets. */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CniResponse } from '@kube-ovn/api';
import { deleteNetns, readNftTable, rtnl, type Netns } from '@kube-ovn/host';
import { runInside, startApi, startDaemonProcess, type ClusterApi, type DaemonProcess } from './daemon-process.ts';
import { NODE_ADDRESS, retry, startOvnNode, type OvnNode } from './ovn-node.ts';
import { createPod, createTopology, GATEWAY4, JOIN, testPod, type TestPod } from './topology.ts';

let node: OvnNode;
let api: ClusterApi;
let daemon: DaemonProcess;
let count = 0;

beforeAll(async () => {
  node = await startOvnNode();
  api = await startApi(node);
  await createTopology(node, api.api);
  daemon = startDaemonProcess(node, api);
  await ready();
}, 60_000);

afterAll(async () => {
  await daemon?.[Symbol.asyncDispose]();
  await api?.[Symbol.asyncDispose]();
  await node?.[Symbol.asyncDispose]();
}, 30_000);

async function ready(): Promise<void> {
  await retry(async () => {
    const { status, body } = await daemon.call('STATUS', {});
    if (status !== 204) throw new Error(`${JSON.stringify(body)}\n${readFileSync(daemon.log, 'utf8').slice(-3000)}`);
  });
}

interface Attached {
  readonly pod: TestPod;
  readonly ns: Netns;
  readonly request: { readonly container_id: string; readonly net_ns: string; readonly pod_name: string };
  readonly answer: CniResponse;
}

/** A new pod, attached. */
async function attached(): Promise<Attached> {
  const pod = testPod(++count);
  const ns = node.podNetns(pod.name);
  await createPod(node, api.api, pod);
  const request = { container_id: `sandbox-${count}`, net_ns: ns.path, pod_name: pod.name, pod_uid: `uid-${pod.name}` };
  const { status, body } = await daemon.call('ADD', request);
  expect([status, body]).toEqual([200, expect.anything()]);
  return { pod, ns, request, answer: body as CniResponse };
}

const rowsOf = async (container: string): Promise<string> =>
  node.vsctl('--bare', '--columns=name', 'find', 'Interface', `external_ids:container_id=${container}`);

/** Send `bytes` over TCP from one namespace to a listener in another; resolves with what arrived. */
async function transfer(from: Netns, to: { readonly ns: Netns; readonly address: string }, bytes: number): Promise<number> {
  const server = runInside(
    to.ns,
    `const s = require('net').createServer(c => { let n = 0; c.on('data', d => n += d.length); c.on('end', () => { process.stdout.write(String(n)); c.end(); s.close(); }); }); s.listen(8080, '${to.address}'); setTimeout(() => process.exit(3), 10000).unref();`,
  );
  await runInside(
    from,
    `const net = require('net'); const end = Date.now() + 8000; (function go() { const c = net.connect(8080, '${to.address}', () => c.end(Buffer.alloc(${bytes}))); c.on('error', e => Date.now() > end ? (console.error(e), process.exit(1)) : setTimeout(go, 50)); c.on('close', bad => bad || process.exit(0)); })(); setTimeout(() => process.exit(2), 9000).unref();`,
  );
  return Number(await server);
}

describe('the node', () => {
  test('ovn0 has the address of the join subnet, and routes lead to the subnets', async () => {
    using links = rtnl(node.ns);
    const link = await links.link('ovn0');
    expect(link).toMatchObject({ mac: JOIN.mac, mtuBytes: 1400, up: true });
    expect((await links.addresses('ovn0')).map(({ prefix }) => prefix)).toEqual(expect.arrayContaining([`${JOIN.v4}/16`, `${JOIN.v6}/64`]));
    const routes = (await links.routes()).filter(({ index }) => index === link?.index);
    expect(routes).toContainEqual(expect.objectContaining({ dst: '10.16.0.0/16', via: JOIN.gateway4, src: NODE_ADDRESS }));
    expect(routes).toContainEqual(expect.objectContaining({ dst: 'fd00:10:16::/64', via: JOIN.gateway6 }));
  });

  test('what someone takes from ovn0 comes back', async () => {
    using links = rtnl(node.ns);
    await links.deleteRoute({ dst: '10.16.0.0/16', via: JOIN.gateway4, link: 'ovn0' });
    await links.deleteAddress('ovn0', `${JOIN.v6}/64`);
    await retry(async () => {
      expect((await links.routes()).map(({ dst }) => dst)).toContain('10.16.0.0/16');
      expect((await links.addresses('ovn0')).map(({ prefix }) => prefix)).toContain(`${JOIN.v6}/64`);
    });
  });

  test('the Node says the chassis and that the network is available', async () => {
    await retry(() => {
      const object = api.api.collection('nodes').get('node1');
      expect(object?.metadata.annotations?.['ovn.kubernetes.io/chassis']).toBe('node1');
      expect(object?.['status']).toMatchObject({
        conditions: [{ type: 'NetworkUnavailable', status: 'False', reason: 'JoinSubnetGatewayReachable' }],
      });
    });
  });

  test('the chassis is configured', async () => {
    const ids = await node.vsctl('get', 'Open_vSwitch', '.', 'external_ids');
    for (const part of [
      'system-id=node1',
      `ovn-encap-ip="${NODE_ADDRESS}"`,
      'ovn-encap-type=geneve',
      'hostname=node1',
      'ovn-bridge-datapath-type=netdev',
    ])
      expect(ids).toContain(part);
  });

  test('natOutgoing is a table of nftables', async () => {
    expect(await readNftTable({ family: 'inet', name: 'kube-ovn' }, node.ns)).toContain('ip saddr @nat4 ip daddr != @subnets4 masquerade');
  });
});

describe('ADD', () => {
  test('a pod gets its interface, reaches its neighbour, the node and the outside by TCP, over IPv4 and IPv6', async () => {
    const [a, b] = [await attached(), await attached()];
    expect(a.answer).toMatchObject({
      ips: [
        { protocol: 'IPv4', ip: a.pod.v4, cidr: '10.16.0.0/16', gateway: GATEWAY4 },
        { protocol: 'IPv6', ip: a.pod.v6, cidr: 'fd00:10:16::/64' },
      ],
      mac_address: a.pod.mac,
      mtu: 1400,
      nicname: 'eth0',
    });
    expect(await transfer(a.ns, { ns: b.ns, address: b.pod.v4 }, 1_000_000)).toBe(1_000_000);
    expect(await transfer(a.ns, { ns: b.ns, address: b.pod.v6 }, 100_000)).toBe(100_000);
    expect(await transfer(a.ns, { ns: node.ns, address: JOIN.v4 }, 100_000)).toBe(100_000);
    expect(await transfer(a.ns, { ns: node.ns, address: NODE_ADDRESS }, 100_000)).toBe(100_000);
    expect(await transfer(node.ns, { ns: a.ns, address: a.pod.v4 }, 100_000)).toBe(100_000);
  }, 60_000);

  test('repeated, it gives the same answer and touches nothing', async () => {
    const { request, answer, ns } = await attached();
    using inside = rtnl(ns);
    const before = await inside.link('eth0');
    expect(await daemon.call('ADD', request)).toEqual({ status: 200, body: answer });
    expect(await inside.link('eth0')).toEqual(before);
  });

  test('repeated after someone broke the interface, it mends it', async () => {
    const { request, answer, ns } = await attached();
    using inside = rtnl(ns);
    await inside.deleteLink('eth0');
    expect(await daemon.call('ADD', request)).toEqual({ status: 200, body: answer });
    expect(await inside.link('eth0')).toMatchObject({ up: true, mac: answer.mac_address });
  });

  test('twenty at once', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => attached()));
    expect(new Set(all.map(({ answer }) => answer.ips[0]?.ip)).size).toBe(20);
    await Promise.all(all.map(({ request }) => daemon.call('DEL', request)));
    expect(await Promise.all(all.map(({ request }) => rowsOf(request.container_id)))).toEqual(all.map(() => ''));
  }, 60_000);

  test('a namespace that does not exist is refused with code 4, and nothing is left', async () => {
    const pod = testPod(++count);
    await createPod(node, api.api, pod);
    const { status, body } = await daemon.call('ADD', { container_id: 'lost', net_ns: '/run/netns/ko-d-absent', pod_name: pod.name });
    expect([status, body]).toEqual([500, expect.objectContaining({ code: 4 })]);
    expect(await rowsOf('lost')).toBe('');
  });

  test('an address that someone else on the subnet has is refused, and nothing is left', async () => {
    const owner = await attached();
    const thief = { ...testPod(++count), v4: owner.pod.v4 };
    const ns = node.podNetns(thief.name);
    // the logical switch refuses duplicates, so the port itself is not told of the address
    await createPod(node, api.api, thief, { addresses: `${thief.mac} ${thief.v6}` });
    const { status, body } = await daemon.call('ADD', { container_id: 'thief', net_ns: ns.path, pod_name: thief.name });
    expect([status, body]).toEqual([
      500,
      expect.objectContaining({ code: 11, msg: `address ${owner.pod.v4} is in use by ${owner.pod.mac}` }),
    ]);
    expect(await rowsOf('thief')).toBe('');
    using inside = rtnl(ns);
    expect(await inside.link('eth0')).toBeUndefined();
  });

  test('a second sandbox of the same pod takes the port over; DEL of the first changes nothing', async () => {
    const first = await attached();
    const ns = node.podNetns(`${first.pod.name}-again`);
    const again = { ...first.request, container_id: `${first.request.container_id}-again`, net_ns: ns.path };
    expect(await daemon.call('ADD', again)).toMatchObject({ status: 200, body: { ips: first.answer.ips } });
    expect(await rowsOf(first.request.container_id)).toBe('');
    expect(await daemon.call('DEL', first.request)).toEqual({ status: 204, body: undefined });
    expect(await node.vsctl('--bare', '--columns=name', 'find', 'Interface', `external_ids:iface-id=${first.pod.name}.shop`)).not.toBe('');
    expect(await transfer(node.ns, { ns, address: first.pod.v4 }, 10_000)).toBe(10_000);
  });

  test('addresses alone, for another plugin', async () => {
    const { request, answer } = await attached();
    const { body } = await daemon.call('ADD', { ...request, container_id: 'other', cni_type: 'macvlan', if_name: 'net1' });
    expect((body as CniResponse).ips).toEqual(answer.ips);
    expect(await rowsOf('other')).toBe('');
  });
});

describe('CHECK', () => {
  const prevResult = ({ answer }: Attached): object => ({
    ips: answer.ips.map(({ ip, cidr }) => ({ address: `${ip}/${cidr.split('/')[1]}` })),
  });

  test('passes after ADD, and names what was broken', async () => {
    const it = await attached();
    expect(await daemon.call('CHECK', { ...it.request, prev_result: prevResult(it) })).toEqual({ status: 204, body: undefined });
    using inside = rtnl(it.ns);
    await inside.deleteAddress('eth0', `${it.pod.v4}/16`);
    expect(await daemon.call('CHECK', { ...it.request, prev_result: prevResult(it) })).toMatchObject({
      status: 500,
      body: { code: 100, msg: expect.stringContaining(it.pod.v4) },
    });
  });

  test('a container that was never added: code 3', async () => {
    expect(await daemon.call('CHECK', { container_id: 'unknown', net_ns: '/run/netns/x', pod_name: 'x', prev_result: {} })).toMatchObject({
      status: 500,
      body: { code: 3 },
    });
  });
});

describe('DEL', () => {
  test('removes port and link; again, without namespace, and for the unknown it succeeds as well', async () => {
    const { request, answer } = await attached();
    using links = rtnl(node.ns);
    expect(await links.link(answer.host_nicname ?? '')).toBeDefined();
    for (const each of [request, request, { ...request, net_ns: '', pod_name: '' }, { container_id: 'never-seen' }]) {
      expect(await daemon.call('DEL', each)).toEqual({ status: 204, body: undefined });
    }
    expect(await links.link(answer.host_nicname ?? '')).toBeUndefined();
    expect(await rowsOf(request.container_id)).toBe('');
  });

  test('GC removes what the runtime does not name, in its own network alone', async () => {
    const [keep, drop] = [await attached(), await attached()];
    const all = await node.vsctl('--bare', '--columns=external_ids', 'find', 'Interface', 'external_ids:cni_network=kube-ovn');
    const others = [...all.matchAll(/container_id=(\S+)/g)].map(([, id = '']) => id).filter((id) => id !== drop.request.container_id);
    const valid_attachments = others.map((container_id) => ({ container_id, if_name: 'eth0' }));
    expect(await daemon.call('GC', { network: 'another', valid_attachments: [] })).toEqual({ status: 204, body: undefined });
    expect(await rowsOf(drop.request.container_id)).not.toBe('');
    expect(await daemon.call('GC', { valid_attachments })).toEqual({ status: 204, body: undefined });
    expect([await rowsOf(drop.request.container_id), await rowsOf(keep.request.container_id)]).toEqual(['', expect.stringMatching(/_h$/)]);
  });
});

describe('when things fail', () => {
  test('kill -9 of the daemon: the next one takes up every attachment and writes nothing', async () => {
    const it = await attached();
    const before = await node.vsctl('--bare', '--columns=_uuid,external_ids', 'list', 'Interface');
    await daemon.kill();
    daemon.restart();
    await ready();
    await pause(500);
    expect((await daemon.health('/metrics')).body).toMatch(/^ovs_operations_total\{[^}]*\} 0$/m);
    expect(await node.vsctl('--bare', '--columns=_uuid,external_ids', 'list', 'Interface')).toBe(before);
    expect(await daemon.call('ADD', it.request)).toEqual({ status: 200, body: it.answer });
    expect(await daemon.call('DEL', it.request)).toEqual({ status: 204, body: undefined });
    expect(await rowsOf(it.request.container_id)).toBe('');
  }, 60_000);

  test('kill -9 of the daemon amid twelve ADDs: the next one completes them all, and no half of an interface is left', async () => {
    const pods = Array.from({ length: 12 }, () => testPod(++count));
    const requests = await Promise.all(
      pods.map(async (pod) => {
        await createPod(node, api.api, pod);
        return { container_id: `crash-${pod.name}`, net_ns: node.podNetns(pod.name).path, pod_name: pod.name };
      }),
    );
    const first = requests.map((request) => daemon.call('ADD', request).catch(() => 'cut off'));
    await pause(60);
    await daemon.kill();
    daemon.restart();
    await Promise.all(first);
    await ready();
    const answers = await Promise.all(requests.map((request) => daemon.call('ADD', request)));
    expect(answers.map(({ status, body }) => [status, (body as CniResponse).ips?.[0]?.ip])).toEqual(pods.map(({ v4 }) => [200, v4]));
    await Promise.all(requests.map((request) => daemon.call('DEL', request)));
    expect(await node.vsctl('--bare', '--columns=name', 'find', 'Interface', 'external_ids:cni_network=kube-ovn', 'error!=[]')).toBe('');
    using links = rtnl(node.ns);
    const inDatabase = await node.vsctl('--bare', '--columns=name', 'find', 'Interface', 'external_ids:vendor=kube-ovn');
    const onNode = (await links.links()).filter(({ name }) => name.endsWith('_h')).map(({ name }) => name);
    expect(new Set(onNode)).toEqual(new Set(inDatabase.split('\n').filter((name) => name.endsWith('_h'))));
    // Of the kernel's own routes none is about these: ovs-vswitchd reads all of them anew with every link that comes or goes.
    for (const name of onNode) expect(await links.addresses(name)).toEqual([]);
  }, 60_000);

  test('ports of an earlier installation stay over an upgrade, and DEL removes them', async () => {
    const container = 'fedcba9876543210'.repeat(4);
    const link = `${container.slice(0, 12)}_h`;
    using links = rtnl(node.ns);
    await links.addVeth({ name: link, up: true, peer: { name: `${link}p` } });
    await daemon.kill();
    const ids = ['vendor=kube-ovn', 'iface-id=old.shop', 'pod_name=old', 'pod_namespace=shop'].map((id) => `external_ids:${id}`);
    await node.vsctl('add-port', 'br-int', link, '--', 'set', 'Interface', link, ...ids);
    const before = await node.vsctl('--bare', '--columns=_uuid,external_ids', 'find', 'Interface', `name=${link}`);
    daemon.restart();
    await ready();
    await attached();
    expect(await node.vsctl('--bare', '--columns=_uuid,external_ids', 'find', 'Interface', `name=${link}`)).toBe(before);
    expect(await daemon.call('DEL', { container_id: container })).toEqual({ status: 204, body: undefined });
    expect(await node.vsctl('--bare', '--columns=name', 'find', 'Port', `name=${link}`)).toBe('');
    expect(await links.link(link)).toBeUndefined();
  }, 60_000);

  test('a port that someone deletes is back at once', async () => {
    const it = await attached();
    await node.vsctl('del-port', 'br-int', it.answer.host_nicname ?? '');
    await retry(async () => expect(await rowsOf(it.request.container_id)).not.toBe(''));
    const peer = await attached();
    expect(await transfer(peer.ns, { ns: it.ns, address: it.pod.v4 }, 10_000)).toBe(10_000);
  }, 30_000);

  test('the API server is down: DEL succeeds, a repeated ADD answers, STATUS says so', async () => {
    const [stays, goes] = [await attached(), await attached()];
    api.goDown();
    await retry(async () => expect((await daemon.call('STATUS', {})).status).toBe(500));
    expect(await daemon.call('DEL', goes.request)).toEqual({ status: 204, body: undefined });
    expect(await rowsOf(goes.request.container_id)).toBe('');
    expect(await daemon.call('ADD', stays.request)).toEqual({ status: 200, body: stays.answer });
    expect((await daemon.health('/readyz')).status).toBe(503);
    api.comeBack();
    await ready();
  }, 60_000);

  test('kill -9 of the daemon while the API server is down: pods and ovn0 stay as they are', async () => {
    const it = await attached();
    api.goDown();
    await daemon.kill();
    daemon.restart();
    await retry(() => daemon.call('STATUS', {}));
    await pause(1_000);
    expect(await rowsOf(it.request.container_id)).not.toBe('');
    expect(await node.vsctl('get', 'Interface', 'ovn0', 'external_ids:iface-id')).toBe('node-node1');
    expect(await node.vsctl('get', 'Open_vSwitch', '.', 'external_ids:ovn-encap-ip')).toBe(`"${NODE_ADDRESS}"`);
    api.comeBack();
    await ready();
  }, 60_000);

  test('ovs-vswitchd is killed and comes back: pods reach each other again by themselves, without NAT of nothing', async () => {
    const [a, b] = [await attached(), await attached()];
    const natOfNothing = async (): Promise<string[]> => (await node.flows()).filter((flow) => flow.includes('nat(src)'));
    const commits = async (): Promise<string[]> => (await node.flows()).filter((flow) => flow.includes('ct(commit'));
    expect(await commits()).not.toEqual([]);
    await retry(async () => expect(await natOfNothing()).toEqual([]));
    await node.restartVswitchd();
    await retry(async () => expect((await daemon.health('/metrics')).body).toMatch(/^ovs_status\{component="ovs-vswitchd".*\} 1$/m));
    await retry(async () => expect(await commits()).not.toEqual([]));
    await retry(async () => expect(await natOfNothing()).toEqual([]));
    await retry(async () => expect(await transfer(a.ns, { ns: b.ns, address: b.pod.v4 }, 10_000)).toBe(10_000));
    await ready();
    expect(await transfer(node.ns, { ns: a.ns, address: a.pod.v4 }, 10_000)).toBe(10_000);
  }, 90_000);

  test('the ovsdb-server of the node is killed and comes back: nothing is lost, and pods come and go again', async () => {
    const it = await attached();
    await node.restartDatabase();
    await ready();
    expect(await rowsOf(it.request.container_id)).not.toBe('');
    const later = await attached();
    expect(await transfer(later.ns, { ns: it.ns, address: it.pod.v4 }, 10_000)).toBe(10_000);
    expect(await daemon.call('DEL', it.request)).toEqual({ status: 204, body: undefined });
    expect(await rowsOf(it.request.container_id)).toBe('');
  }, 60_000);

  test('a namespace that vanishes without DEL: the record goes by itself', async () => {
    const it = await attached();
    it.ns[Symbol.dispose]();
    deleteNetns(it.ns.path);
    await retry(async () => expect(await rowsOf(it.request.container_id)).toBe(''));
  }, 30_000);
});
