import { join } from 'node:path';
import { resources, type Pod, type SecurityGroup } from '@kube-ovn/api';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { NETNS_DIR } from '../../src/infra/layout.ts';
import { runTool, type ToolResult } from '../../src/infra/tool.ts';
import { observeFrom } from '../../src/matrix/measure.ts';
import {
  kubectl,
  netnsOf,
  becomesReady,
  eventsOf,
  eventually,
  nbctl,
  nodeOf,
  readyPod,
  remove,
  removeNamespaces,
  type LabRef,
} from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/isolation.yaml');
/** What is not answered in this time was dropped; an allowed one that was late is asked again by `eventually`. */
const PATIENCE = { tries: 1, timeoutMs: 700 };
const PORTS = [['tcp', 8080] as const, ['udp', 8081] as const];
const PODS = {
  safe: 'vault',
  inmate: 'vault',
  friend: 'friends',
  stranger: 'street',
  database: 'street',
  client: 'street',
  teller: 'bank',
  visitor: 'bank',
} as const;
type Name = keyof typeof PODS;
/** Pings while rules change: one every 10 ms. */
const PINGS = 500;
/** One connection for all requests; ends well when every one was answered. */
const STREAM = `
const [address, count] = process.argv.slice(1);
const agent = new (require('node:http').Agent)({ keepAlive: true, maxSockets: 1 });
let ports = new Set(), answered = 0;
const ask = () => require('node:http').get({ host: address, port: 8080, path: '/hostname', agent, timeout: 5000 }, (reply) => {
  ports.add(reply.socket.localPort);
  reply.resume().on('end', () => ++answered < Number(count) ? setTimeout(ask, 10) : (console.log(ports.size + ' connection'), agent.destroy()));
}).on('timeout', () => process.exit(2));
ask();`;

/** A connection from a source port that is given; exit code 0 when it is answered. */
const CONNECT = `
const [host, localPort] = process.argv.slice(1);
const socket = require('node:net').connect({ host, port: 8080, localPort: Number(localPort) });
socket.once('connect', () => process.exit(0)).once('error', () => process.exit(1));
setTimeout(() => process.exit(2), 1000);`;

interface End {
  readonly netns: string;
  readonly v4: string;
  readonly v6: string;
  readonly mac: string;
}

/** docs/features/isolation.md, with packets. */
export function isolation(lab: LabRef): void {
  const ends = new Map<string, End>();
  const endOf = (name: string): End => {
    const end = ends.get(name);
    if (end === undefined) throw new Error(`no ${name} here`);
    return end;
  };
  const inside = (name: string, argv: readonly string[], timeoutMs = 20_000): Promise<ToolResult> =>
    runTool(['nsenter', `--net=${endOf(name).netns}`, '--', ...argv], { accept: [0, 1, 2], timeoutMs });

  const endFrom = (pod: Pod): End => {
    const [v4 = '', v6 = ''] = (pod.status?.podIPs ?? []).map(({ ip }) => ip);
    const mac = pod.metadata.annotations?.['ovn.kubernetes.io/mac_address'] ?? '';
    return { netns: netnsOf(lab(), pod), v4, v6, mac };
  };

  /** Names of what is answered: `client tcp4`. */
  const answeredBy = async (target: Name, askers: readonly string[]): Promise<readonly string[]> => {
    const { v4, v6 } = endOf(target);
    const found = await Promise.all(
      askers.map((asker) => {
        const checks = PORTS.flatMap(([protocol, port]) =>
          [v4, v6].map((address, index) => ({
            id: `${asker} ${protocol}${index === 0 ? 4 : 6}`,
            protocol,
            address,
            port,
            ask: 'hostname' as const,
            patience: PATIENCE,
          })),
        );
        return observeFrom(endOf(asker), checks);
      }),
    );
    return found
      .flat()
      .flatMap(({ id, ok }) => (ok ? [id] : []))
      .toSorted();
  };
  const every = (name: string): string[] => ['tcp4', 'tcp6', 'udp4', 'udp6'].map((flow) => `${name} ${flow}`);
  const reach = async (target: Name, askers: readonly string[], wanted: readonly string[]): Promise<void> => {
    const want = wanted.toSorted().join();
    const now = async (): Promise<string> => (await answeredBy(target, askers)).join();
    await eventually(`${target} is reached by ${want}`, async () => (await now()) === want, 10_000).catch(async () => {
      expect(await now()).toBe(want);
    });
  };

  /** Echo requests that a pod has received, of both families. */
  const heard = async (name: string): Promise<number> => {
    const { stdout } = await inside(name, ['cat', '/proc/net/snmp', '/proc/net/snmp6']);
    const [heads = '', values = ''] = stdout.split('\n').filter((line) => line.startsWith('Icmp: '));
    const v4 = values.split(' ')[heads.split(' ').indexOf('InEchos')];
    const v6 = /^Icmp6InEchos\s+(\d+)/m.exec(stdout)?.[1];
    if (v4 === undefined || v6 === undefined) throw new Error(`no count of echo requests in ${stdout}`);
    return Number(v4) + Number(v6);
  };
  const setSubnet = (spec: Readonly<Record<string, unknown>>): Promise<unknown> => lab().client.patch(resources.subnet, 'vault', { spec });
  const isPrivateInOvn = async (): Promise<boolean> =>
    (await nbctl(lab(), '--bare', '--columns=name', 'find', 'ACL', 'match!="0"')).includes('subnet/vault/');
  const annotate = (name: Name, groups: string | null): Promise<unknown> =>
    lab().client.patch(resources.pod, `${PODS[name]}/${name}`, {
      metadata: { annotations: { 'ovn.kubernetes.io/security_groups': groups } },
    });

  /** The manifest's, and those of tests that did not come to their end. */
  const removeAll = async (): Promise<void> => {
    await removeNamespaces(lab(), ['vault', 'friends', 'street', 'bank']);
    for (const name of ['databases', 'clients', 'visitors', 'default-securitygroup']) await remove(lab(), resources.securityGroup, name);
    for (const name of ['vault', 'friends', 'street', 'counter']) await remove(lab(), resources.subnet, name);
    await remove(lab(), resources.vpc, 'bank');
  };
  afterAll(removeAll, 90_000);

  it('a private subnet is reached by its own pods, their node, the join subnet and allowed subnets alone', async () => {
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    for (const name of Object.keys(PODS) as Name[]) ends.set(name, endFrom(await becomesReady(lab(), { namespace: PODS[name], name })));
    for (const name of ['node1', 'node2'])
      ends.set(name, { netns: join(NETNS_DIR, nodeOf(lab(), name).namespace), v4: '', v6: '', mac: '' });

    const askers = ['inmate', 'friend', 'stranger', 'client', 'node1', 'node2'];
    await reach('safe', askers, ['inmate', 'friend', 'node1'].flatMap(every));
    const onJoin =
      (await lab().client.get(resources.node, 'node2')).metadata.annotations?.['ovn.kubernetes.io/ip_address']?.split(',') ?? [];
    expect(onJoin).toHaveLength(2);
    for (const [index, source] of onJoin.entries()) {
      const target = index === 0 ? endOf('safe').v4 : endOf('safe').v6;
      expect((await inside('node2', ['ping', '-q', '-c1', '-W2', '-I', source, target])).code).toBe(0);
    }
    for (const gateway of ['10.92.0.1', 'fd00:92::1']) expect((await inside('safe', ['ping', '-q', '-c1', '-W2', gateway])).code).toBe(0);
    await reach('friend', ['safe'], every('safe'));
    for (const name of ['stranger', 'client'] as const) await reach(name, ['safe'], []);
  }, 90_000);

  it('is switched on and off under traffic: what is allowed either way misses nothing, what never is passes not once', async () => {
    onTestFinished(async () => {
      await setSubnet({ private: true, allowSubnets: ['10.93.0.0/24', 'fd00:93::/112'] });
    });
    const { v4, v6 } = endOf('safe');
    const ping = (from: string, address: string): Promise<ToolResult> =>
      inside(from, ['ping', '-q', '-i', '0.01', '-W', '2', '-c', String(PINGS), address], 60_000);
    const stream = (address: string): Promise<ToolResult> => inside('friend', [process.execPath, '-e', STREAM, address, '300'], 60_000);
    let isDone = false;
    const traffic = Promise.all([ping('inmate', v4), ping('friend', v6), stream(v4), stream(v6)]).finally(() => (isDone = true));
    let switches = 0;
    for (let on = false; !isDone; on = !on) {
      await setSubnet({ private: on });
      await eventually(`private ${on}`, async () => (await isPrivateInOvn()) === on);
      await nbctl(lab(), '--wait=hv', 'sync');
      switches += 1;
    }
    const [own, friend, stream4, stream6] = await traffic;
    expect(switches).toBeGreaterThan(4);
    for (const { stdout } of [own, friend]) expect(stdout).toContain(`${PINGS} packets transmitted, ${PINGS} received`);
    for (const { code, stdout } of [stream4, stream6]) expect([code, stdout.trim()]).toEqual([0, '1 connection']);

    await setSubnet({ private: true });
    await reach('safe', ['stranger'], []);
    const before = await heard('safe');
    const forbidden = Promise.all([ping('stranger', v4), ping('stranger', v6)]);
    const lists = [['10.93.0.0/24', 'fd00:93::/112', '10.95.0.0/16'], ['203.0.113.0/24'], [], ['10.93.0.0/24', 'fd00:93::/112']];
    for (const allowSubnets of [...lists, ...lists]) {
      await setSubnet({ allowSubnets });
      await nbctl(lab(), '--wait=hv', 'sync');
    }
    await forbidden;
    expect(await heard('safe')).toBe(before);
    await reach('safe', ['friend'], every('friend'));
  }, 120_000);

  it('rules of security groups hold in both directions and families', async () => {
    onTestFinished(async () => {
      await annotate('stranger', null);
    });
    await reach('database', ['client', 'stranger', 'friend'], ['client tcp4', 'client tcp6']);
    await reach('stranger', ['database', 'client'], ['database udp4', ...every('client')]);
    await reach('client', ['database', 'stranger', 'friend'], []);
    // A pod that joins a group is let in at once, and no longer when it leaves.
    await annotate('stranger', 'clients');
    await reach('database', ['stranger'], ['stranger tcp4', 'stranger tcp6']);
    await annotate('stranger', null);
    await reach('database', ['stranger'], []);
    expect(await answeredBy('stranger', ['client'])).toEqual(every('client'));
  }, 90_000);

  it('a rule for an own address and source ports holds for these alone', async () => {
    const from = async (name: string, port: number): Promise<boolean> =>
      (await inside(name, [process.execPath, '-e', CONNECT, endOf('database').v4, String(port)])).code === 0;
    expect(await from('friend', 700)).toBe(true);
    expect([await from('friend', 1024), await from('stranger', 700)]).toEqual([false, false]);
    const { spec } = await lab().client.get(resources.securityGroup, 'databases');
    const restore = (): Promise<unknown> =>
      lab().client.patch(resources.securityGroup, 'databases', { spec: { ingressRules: spec?.ingressRules } });
    onTestFinished(async () => {
      await restore();
    });
    const elsewhere = spec?.ingressRules?.map((rule) => ({
      ...rule,
      ...(rule.localAddress !== undefined && { localAddress: '10.94.1.0/24' }),
    }));
    await lab().client.patch(resources.securityGroup, 'databases', { spec: { ingressRules: elsewhere } });
    await eventually('another address is not its own', async () => !(await from('friend', 701)));
    await restore();
    await eventually('its own again', () => from('friend', 702));
  }, 60_000);

  it('default-securitygroup holds for pods of other Vpcs that name no group, while it is there', async () => {
    onTestFinished(async () => {
      await annotate('visitor', null);
    });
    await reach('teller', ['visitor'], ['visitor udp4']);
    await annotate('visitor', 'clients');
    await reach('visitor', ['teller'], []);
    await annotate('visitor', null);
    await reach('visitor', ['teller'], ['teller udp4']);
    await remove(lab(), resources.securityGroup, 'default-securitygroup');
    await reach('teller', ['visitor'], every('visitor'));
    expect(await answeredBy('visitor', ['teller'])).toEqual(every('teller'));
  }, 60_000);

  it('a bad rule is told by condition and event and opens nothing; a group that is not there closes who names it', async () => {
    const { client } = lab();
    const rule = { ipVersion: 'ipv4', protocol: 'all', priority: 1, remoteType: 'address', policy: 'allow' } as const;
    const group = (remoteAddress: string): SecurityGroup => ({
      apiVersion: 'kubeovn.io/v1',
      kind: 'SecurityGroup',
      metadata: { name: 'visitors' },
      spec: { ingressRules: [{ ...rule, remoteAddress }], egressRules: [] },
    });
    onTestFinished(async () => {
      await annotate('stranger', null);
      await remove(lab(), resources.securityGroup, 'visitors');
    }, 30_000);
    await annotate('stranger', 'visitors');
    await eventually('an event', async () =>
      (await eventsOf(lab(), 'Pod', 'stranger')).find(
        ({ reason, message = '' }) => reason === 'SecurityGroupNotFound' && message.includes('visitors'),
      ),
    );
    await reach('stranger', ['client', 'friend'], []);

    await client.create(resources.securityGroup, group('10.93.0.300'));
    const told = await eventually('an event', async () =>
      (await eventsOf(lab(), 'SecurityGroup', 'visitors')).find(({ type }) => type === 'Warning'),
    );
    expect(told.message).toContain('spec.ingressRules[0].remoteAddress is "10.93.0.300"');
    const { status } = await client.get(resources.securityGroup, 'visitors');
    expect(status).toMatchObject({ conditions: [{ type: 'Validated', status: 'False' }], ingressLastSyncSuccess: false });
    await reach('stranger', ['client', 'friend'], []);

    await client.patch(resources.securityGroup, 'visitors', { spec: { ingressRules: [{ ...rule, remoteAddress: '10.93.0.0/24' }] } });
    await reach('stranger', ['client', 'friend'], ['friend tcp4', 'friend udp4']);
    await eventually('mended', async () => (await client.get(resources.securityGroup, 'visitors')).status?.ingressLastSyncSuccess === true);
  }, 90_000);

  it('with port_security a pod is not heard under another address, without it is', async () => {
    const wish = { name: 'listener', namespace: 'street', node: 'node1' };
    onTestFinished(async () => {
      await remove(lab(), resources.pod, 'street/listener');
    }, 40_000);
    const pod = await readyPod(lab(), wish);
    const target = endFrom(pod);
    ends.set('listener', target);
    const count = 3;
    const forged = { v4: '10.94.0.200', v6: 'fd00:94::200', mac: '02:00:00:00:94:99' };
    /** Echo requests, of three, that the listener hears. Nobody is asked for its MAC address: what is lost are the requests themselves. */
    const arriving = async (from: Name, address: string, source: string): Promise<number> => {
      await inside(from, ['ip', 'neigh', 'replace', address, 'lladdr', target.mac, 'dev', 'eth0', 'nud', 'permanent']);
      const before = await heard('listener');
      await inside(from, ['ping', '-q', '-i', '0.1', '-W', '1', '-c', String(count), '-I', source, address]);
      return (await heard('listener')) - before;
    };
    const measured = async (from: Name): Promise<Readonly<Record<string, number>>> => {
      const { v4, v6, mac } = endOf(from);
      await inside(from, ['ip', 'addr', 'add', `${forged.v4}/32`, 'dev', 'eth0']);
      await inside(from, ['ip', 'addr', 'add', `${forged.v6}/128`, 'dev', 'eth0', 'nodad']);
      const own = { own4: await arriving(from, target.v4, v4), own6: await arriving(from, target.v6, v6) };
      const byAddress = { address4: await arriving(from, target.v4, forged.v4), address6: await arriving(from, target.v6, forged.v6) };
      await inside(from, ['ip', 'link', 'set', 'eth0', 'address', forged.mac]);
      const byMac = { mac4: await arriving(from, target.v4, v4), mac6: await arriving(from, target.v6, v6) };
      await inside(from, ['ip', 'link', 'set', 'eth0', 'address', mac]);
      const again = { again4: await arriving(from, target.v4, v4) };
      return { ...own, ...byAddress, ...byMac, ...again };
    };
    const honest = { own4: count, own6: count, again4: count };
    expect(await measured('client')).toEqual({ ...honest, address4: 0, address6: 0, mac4: 0, mac6: 0 });
    expect(await measured('stranger')).toEqual({ ...honest, address4: count, address6: count, mac4: count, mac6: count });
  }, 90_000);

  it('all of it goes with its objects', async () => {
    await removeAll();
    await eventually(
      'no rule is left',
      async () => (await nbctl(lab(), '--bare', '--columns=_uuid', 'find', 'ACL', 'match!="0"')).trim() === '',
      5000,
    );
    expect(await nbctl(lab(), '--bare', '--columns=name', 'list', 'Port_Group')).not.toMatch(/isolated|guarded|pods\./);
  }, 60_000);
}
