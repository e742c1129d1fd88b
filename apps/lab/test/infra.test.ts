import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimName, startInfra } from '../src/infra/infra.ts';
import { centralRemotes, layoutOf } from '../src/infra/layout.ts';
import { describeLeftovers, findLeftovers, linksWithLabNames } from '../src/infra/leftovers.ts';
import { Supervisor } from '../src/infra/supervisor.ts';
import { tearDown } from '../src/infra/teardown.ts';
import { inNamespace, ipBatch, runTool } from '../src/infra/tool.ts';
import { waitFor } from '../src/infra/wait.ts';
import { sweepDeadLabs, testLabName } from './names.ts';

const quiet = (): void => undefined;

const linksBefore = linksWithLabNames();

describe.each([false, true])('machine room, RAFT %s', (raft) => {
  const layout = layoutOf({ name: testLabName(raft ? 'tr' : 'ti'), nodes: 2, raft, families: 'dual' });
  const nbctl = (...args: string[]) => runTool(['ovn-nbctl', `--db=${centralRemotes(layout, 'nb').join(',')}`, '--timeout=20', ...args]);
  const sbctl = (...args: string[]) => runTool(['ovn-sbctl', `--db=${centralRemotes(layout, 'sb').join(',')}`, '--timeout=20', ...args]);
  let supervisor: Supervisor;

  beforeAll(async () => {
    await sweepDeadLabs();
    await claimName(layout, quiet);
    supervisor = new Supervisor({ layout });
    await startInfra({ layout, progress: quiet, withoutDaemon: true }, supervisor);
  }, 60_000);

  afterAll(async () => {
    supervisor.release();
    await tearDown(layout);
  }, 30_000);

  const ping = async (namespace: string, address: string): Promise<boolean> =>
    (await runTool(inNamespace(namespace, ['ping', '-q', '-c1', '-W1', address]), { accept: [0, 1, 2] })).code === 0;

  it('every node becomes a chassis', async () => {
    expect(
      await waitFor(
        'two chassis',
        async () =>
          (await sbctl('--bare', '--columns=name', 'list', 'Chassis')).stdout.split('\n').filter((line) => line !== '').length === 2,
        { timeoutMs: 20_000 },
      ),
    ).toBe(true);
  }, 30_000);

  it('nodes reach each other and the outside, by IPv4 and IPv6', async () => {
    const [first] = layout.nodeList;
    for (const address of ['10.254.0.2', 'fd00:10:254::2', layout.outside.host, layout.outside.host6]) {
      expect(await waitFor(`ping ${address}`, () => ping(first!.namespace, address), { timeoutMs: 10_000 })).toBe(true);
    }
  }, 45_000);

  it('nodes reach the host on the physical network without a tag, and no host on a VLAN', async () => {
    const [untagged, ...tagged] = layout.trunk.hosts;
    for (const { namespace } of layout.nodeList)
      for (const address of [untagged!.address, untagged!.address6])
        expect(await waitFor(`ping ${address}`, () => ping(namespace, address), { timeoutMs: 10_000 })).toBe(true);
    const [first] = layout.nodeList;
    await ipBatch(first!.namespace, ['addr add 172.31.10.9/24 dev eth1']);
    expect(tagged.map(({ address }) => address)).toContain('172.31.10.1');
    expect(await ping(first!.namespace, '172.31.10.1')).toBe(false);
    await ipBatch(first!.namespace, ['addr del 172.31.10.9/24 dev eth1']);
  }, 45_000);

  it('the root namespace sees no link of the lab', async () => {
    const { stdout } = await runTool(['ip', '-o', 'link']);
    expect(stdout).not.toMatch(/br-phy|ul0|mg0/);
  });

  it('two ports of a logical switch on two nodes talk through Geneve', async () => {
    await nbctl(
      '--',
      'ls-add',
      'ls',
      '--',
      'lsp-add',
      'ls',
      'a',
      '--',
      'lsp-set-addresses',
      'a',
      '0a:00:00:00:00:01 10.1.0.1',
      '--',
      'lsp-add',
      'ls',
      'b',
      '--',
      'lsp-set-addresses',
      'b',
      '0a:00:00:00:00:02 10.1.0.2',
    );
    for (const [i, port] of ['a', 'b'].entries()) {
      const node = layout.nodeList[i]!;
      await runTool([
        'ovs-vsctl',
        `--db=unix:${node.ovsSocket}`,
        '--timeout=10',
        'add-port',
        'br-int',
        `t${port}`,
        '--',
        'set',
        'interface',
        `t${port}`,
        'type=internal',
        `mac="0a:00:00:00:00:0${i + 1}"`,
        'mtu_request=1500',
        `external_ids:iface-id=${port}`,
      ]);
      await ipBatch(node.namespace, [`link set t${port} up`, `addr add 10.1.0.${i + 1}/24 dev t${port}`]);
    }
    expect(await waitFor('ping through Geneve', () => ping(layout.nodeList[0]!.namespace, '10.1.0.2'), { timeoutMs: 20_000 })).toBe(true);
  }, 45_000);

  it('starts again what ended: ovs-vswitchd killed, packets flow again', async () => {
    const { pid } = supervisor.states().find(({ id }) => id === 'node1-vswitchd')!;
    process.kill(pid!, 'SIGKILL');
    await waitFor(
      'restart',
      () => supervisor.states().some((state) => state.id === 'node1-vswitchd' && state.pid !== undefined && state.pid !== pid),
      { timeoutMs: 5000 },
    );
    expect(await waitFor('ping after restart', () => ping(layout.nodeList[0]!.namespace, '10.1.0.2'), { timeoutMs: 20_000 })).toBe(true);
  }, 45_000);

  it('a second lab of the same name is refused', async () => {
    await expect(claimName(layout, quiet)).rejects.toMatchObject({ code: 'LAB_NAME_IN_USE' });
  });

  it('taken down, it leaves nothing; taken down again, there is nothing to do', async () => {
    supervisor.release();
    expect(await tearDown(layout)).toBe(true);
    expect(describeLeftovers(findLeftovers({ ...layout, linksBefore }))).toEqual([]);
    expect(await tearDown(layout)).toBe(false);
  }, 30_000);
});
