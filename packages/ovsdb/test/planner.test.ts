import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { named, namedIdentity, rowRef } from '../src/index.ts';
import type { Operation, OvsdbError, TableIdentity } from '../src/index.ts';
import { startTestServer } from '../src/testing/index.ts';
import type { TestServer } from '../src/testing/index.ts';
import { groupFragment, identities, openNorthbound, podFragment, switchFragment } from './support/northbound.ts';

let server: TestServer | undefined;

beforeEach(async () => {
  await server?.stop();
  server = await startTestServer();
});
afterAll(() => server?.stop());

const remote = (): string => server!.remote;

describe('synchronizer', () => {
  test('a pod, its switch and its groups are one transaction; a second plan and a new process send nothing', async () => {
    {
      await using nb = await openNorthbound(remote());
      nb.sync.want('subnet/a', switchFragment('a'));
      nb.sync.want('policy/g', groupFragment('g'));
      nb.sync.want('pod/p', podFragment('p', { network: 'a', address: '10.0.0.1', groups: ['g'] }));
      nb.sync.setReady(true);
      await nb.sync.settled();
      expect(nb.sync.stats).toMatchObject({ transactions: 1, refused: 0, pendingOwners: 0 });
      expect(nb.sync.realised('pod/p')).toBe(true);
      const [port] = nb.client.replica.rows('Logical_Switch_Port');
      expect(port).toMatchObject({
        name: 'p',
        addresses: ['00:00:00:00:00:01 10.0.0.1'],
        external_ids: new Map([
          ['vendor', 'test'],
          ['pod', 'p'],
        ]),
      });
      expect([...nb.client.replica.rows('Logical_Switch')]).toMatchObject([{ name: 'a', ports: [port!._uuid] }]);
      expect([...nb.client.replica.rows('Port_Group')]).toMatchObject([{ name: 'g', ports: [port!._uuid] }]);
      expect([...nb.client.replica.rows('Address_Set')]).toMatchObject([{ name: 'as_g', addresses: ['10.0.0.1'] }]);
      nb.sync.want('pod/p', podFragment('p', { network: 'a', address: '10.0.0.1', groups: ['g'] }));
      await nb.sync.settled();
      expect(nb.sync.stats.transactions).toBe(1);
    }
    await using again = await openNorthbound(remote());
    again.sync.want('subnet/a', switchFragment('a'));
    again.sync.want('policy/g', groupFragment('g'));
    again.sync.want('pod/p', podFragment('p', { network: 'a', address: '10.0.0.1', groups: ['g'] }));
    again.sync.setReady(true);
    await again.sync.settled();
    expect(again.sync.stats).toMatchObject({ transactions: 0, operations: 0 });
  });

  test('an owner that goes takes its rows and memberships along, and nothing else', async () => {
    await using nb = await openNorthbound(remote());
    await nb.client.transact([{ op: 'insert', table: 'Logical_Switch', row: { name: 'foreign' } }]);
    nb.sync.want('subnet/a', switchFragment('a'));
    nb.sync.want('policy/g', groupFragment('g'));
    nb.sync.want('pod/p', podFragment('p', { network: 'a', address: '10.0.0.1', groups: ['g'] }));
    nb.sync.want('pod/q', podFragment('q', { network: 'a', address: '10.0.0.2', groups: ['g'] }));
    nb.sync.setReady(true);
    await nb.sync.settled();
    const before = nb.sync.stats;
    nb.sync.want('pod/p', undefined);
    expect(nb.sync.realised('pod/p')).toBe(false);
    await nb.sync.settled();
    expect(nb.sync.realised('pod/p')).toBe(true);
    expect(nb.sync.stats.transactions - before.transactions).toBe(1);
    expect([...nb.client.replica.rows('Logical_Switch_Port')].map((row) => row['name'])).toEqual(['q']);
    expect([...nb.client.replica.rows('Address_Set')]).toMatchObject([{ addresses: ['10.0.0.2'] }]);
    expect(new Set([...nb.client.replica.rows('Logical_Switch')].map((row) => row['name']))).toEqual(new Set(['a', 'foreign']));
  });

  test('a row with our mark stays where the identity spares it by what holds it, and goes once it is elsewhere', async () => {
    const port = identities['Logical_Switch_Port'];
    if (port === undefined) throw new Error('no identity of ports');
    const spares: TableIdentity['spares'] = (row, holders) =>
      holders('Logical_Switch_Port', row._uuid).some((holder) => holder['name'] === 'theirs');
    await using nb = await openNorthbound(remote(), { identities: { ...identities, Logical_Switch_Port: { ...port, spares } } });
    const made = (name: string, network: string): readonly Operation[] => [
      {
        op: 'insert',
        table: 'Logical_Switch_Port',
        uuidName: `port_${name}`,
        row: { name, external_ids: new Map([['vendor', 'test']]) },
      },
      { op: 'insert', table: 'Logical_Switch', row: { name: network, ports: [named(`port_${name}`)] } },
    ];
    await nb.client.transact([...made('p', 'theirs'), ...made('q', 'others')]);
    nb.sync.want('subnet/a', switchFragment('a'));
    nb.sync.setReady(true);
    await nb.sync.settled();
    const [left, ...more] = nb.client.replica.rows('Logical_Switch_Port');
    expect([left?.['name'], more]).toEqual(['p', []]);
    await nb.client.transact([
      { op: 'update', table: 'Logical_Switch', where: [['name', '==', 'theirs']], row: { ports: [] } },
      { op: 'update', table: 'Logical_Switch', where: [['name', '==', 'others']], row: { ports: [left!._uuid] } },
    ]);
    await nb.sync.settled();
    expect([...nb.client.replica.rows('Logical_Switch_Port')]).toEqual([]);
  });

  test('foreign edits of what we state are put back, and other columns are left alone', async () => {
    await using nb = await openNorthbound(remote());
    nb.sync.want('subnet/a', switchFragment('a'));
    nb.sync.want('policy/g', groupFragment('g'));
    nb.sync.want('pod/p', podFragment('p', { network: 'a', address: '10.0.0.1', groups: ['g'] }));
    nb.sync.setReady(true);
    await nb.sync.settled();
    const [port] = nb.client.replica.rows('Logical_Switch_Port');
    const where = [['_uuid', '==', port!._uuid]] as const;
    await nb.client.transact([
      { op: 'update', table: 'Logical_Switch_Port', where, row: { addresses: ['unknown'], port_security: ['kept'], external_ids: {} } },
      { op: 'update', table: 'Port_Group', where: [], row: { ports: [] } },
      { op: 'mutate', table: 'Address_Set', where: [], mutations: [['addresses', 'insert', ['1.2.3.4']]] },
    ]);
    await nb.sync.settled();
    expect(nb.client.replica.row('Logical_Switch_Port', port!._uuid)).toMatchObject({
      addresses: ['00:00:00:00:00:01 10.0.0.1'],
      port_security: ['kept'],
      external_ids: new Map([
        ['vendor', 'test'],
        ['pod', 'p'],
      ]),
    });
    expect([...nb.client.replica.rows('Port_Group')]).toMatchObject([{ ports: [port!._uuid] }]);
    expect([...nb.client.replica.rows('Address_Set')]).toMatchObject([{ addresses: ['10.0.0.1'] }]);
    await nb.client.transact([{ op: 'update', table: 'Logical_Switch', where: [], row: { ports: [] } }]);
    await nb.sync.settled();
    const ports = [...nb.client.replica.rows('Logical_Switch_Port')];
    expect(ports).toHaveLength(1);
    expect([...nb.client.replica.rows('Logical_Switch')]).toMatchObject([{ ports: [ports[0]!._uuid] }]);
    expect([...nb.client.replica.rows('Port_Group')]).toMatchObject([{ ports: [ports[0]!._uuid] }]);
  });

  test('a port moves between switches without being made anew', async () => {
    await using nb = await openNorthbound(remote());
    nb.sync.want('subnet/a', switchFragment('a'));
    nb.sync.want('subnet/b', switchFragment('b'));
    nb.sync.want('pod/p', podFragment('p', { network: 'a', address: '10.0.0.1' }));
    nb.sync.setReady(true);
    await nb.sync.settled();
    const [port] = nb.client.replica.rows('Logical_Switch_Port');
    nb.sync.want('pod/p', podFragment('p', { network: 'b', address: '10.0.0.1' }));
    await nb.sync.settled();
    expect(nb.sync.stats).toMatchObject({ transactions: 2, refused: 0 });
    expect([...nb.client.replica.rows('Logical_Switch_Port')].map((row) => row._uuid)).toEqual([port!._uuid]);
    expect(
      [...nb.client.replica.rows('Logical_Switch')].toSorted((x, y) => (String(x['name']) < String(y['name']) ? -1 : 1)),
    ).toMatchObject([{ ports: [] }, { ports: [port!._uuid] }]);
  });

  test('one member that joins a group of 10,000 is one mutate', async () => {
    await using nb = await openNorthbound(remote(), { maxActions: 100_000 });
    nb.sync.want('policy/g', groupFragment('g'));
    const address = (i: number): string => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
    for (let i = 0; i < 10_000; i++)
      nb.sync.want(`pod/${i}`, { rows: [], members: [{ table: 'Address_Set', key: 'as_g', column: 'addresses', set: [address(i)] }] });
    nb.sync.setReady(true);
    await nb.sync.settled();
    expect(nb.sync.stats.transactions).toBe(1);
    const before = nb.sync.stats.operations;
    nb.sync.want('pod/x', { rows: [], members: [{ table: 'Address_Set', key: 'as_g', column: 'addresses', set: ['11.0.0.1'] }] });
    await nb.sync.settled();
    expect(nb.sync.stats.operations - before).toBe(1);
    expect([...nb.client.replica.rows('Address_Set')][0]!['addresses']).toHaveLength(10_001);
  });

  test('a refused fragment is reported; all others commit; it is retried when mended', async () => {
    await using nb = await openNorthbound(remote());
    const reports = new Map<string, OvsdbError | undefined>();
    nb.sync.onReport((owner, problem) => reports.set(owner, problem));
    nb.sync.want('subnet/a', switchFragment('a'));
    // A foreign port that bears the name already: only the server can tell that the name is taken.
    await nb.client.transact([
      { op: 'insert', table: 'Logical_Switch_Port', row: { name: 'p7' }, uuidName: 'p' },
      { op: 'insert', table: 'Logical_Switch', row: { name: 'foreign', ports: [{ named: 'p' }] } },
    ]);
    for (let i = 0; i < 32; i++) nb.sync.want(`pod/${i}`, podFragment(`p${i}`, { network: 'a', address: `10.0.0.${i}` }));
    nb.sync.setReady(true);
    await nb.sync.settled();
    expect([...reports.keys()]).toEqual(['pod/7']);
    expect(reports.get('pod/7')).toMatchObject({ code: 'OVSDB_CONSTRAINT_VIOLATION' });
    expect(nb.sync.realised('pod/7')).toBe(false);
    expect(nb.sync.realised('pod/8')).toBe(true);
    expect(nb.client.replica.count('Logical_Switch_Port')).toBe(32);
    nb.sync.want('pod/7', podFragment('p7b', { network: 'a', address: '10.0.0.7' }));
    await nb.sync.settled();
    expect(nb.client.replica.count('Logical_Switch_Port')).toBe(33);
    expect(reports.get('pod/7')).toBeUndefined();
    expect(nb.sync.realised('pod/7')).toBe(true);
  });

  test('whom the server names for a refused commit is held back at once: one refusal, and one transaction for all others', async () => {
    await using nb = await openNorthbound(remote());
    const reports = new Map<string, OvsdbError | undefined>();
    nb.sync.onReport((owner, problem) => reports.set(owner, problem));
    nb.sync.want('subnet/a', switchFragment('a'));
    for (let i = 0; i < 500; i++) nb.sync.want(`pod/${i}`, podFragment(`p${i}`, { network: 'a', address: `10.0.1.${i}` }));
    // A strong reference to a row that is not there: every operation succeeds, and the commit fails.
    const acls = ['01234567-89ab-4def-8123-456789abcdef'];
    nb.sync.want('subnet/bad', { rows: [{ table: 'Logical_Switch', key: 'bad', columns: { acls } }], members: [] });
    nb.sync.setReady(true);
    await nb.sync.settled();
    // It alone may have been tried again meanwhile.
    expect(nb.sync.stats.transactions - nb.sync.stats.refused).toBe(1);
    expect([...reports.keys()]).toEqual(['subnet/bad']);
    expect(reports.get('subnet/bad')).toMatchObject({ code: 'OVSDB_REFERENTIAL_INTEGRITY', table: 'Logical_Switch', column: 'acls' });
    expect(nb.client.replica.count('Logical_Switch_Port')).toBe(500);
  });

  test('two planners of two vendors on one database leave each other alone, and come to rest', async () => {
    await using ours = await openNorthbound(remote());
    const theirIdentity = namedIdentity({ owner: 'other' });
    await using theirs = await openNorthbound(remote(), {
      identities: {
        Logical_Switch: theirIdentity,
        Logical_Switch_Port: theirIdentity,
        Port_Group: theirIdentity,
        Address_Set: theirIdentity,
      },
    });
    for (const [{ sync }, prefix] of [
      [ours, 'a'],
      [theirs, 'b'],
    ] as const) {
      sync.want('network', switchFragment(prefix));
      sync.want('group', groupFragment(`g${prefix}`));
      for (let i = 0; i < 20; i++)
        sync.want(`pod/${i}`, podFragment(`${prefix}${i}`, { network: prefix, address: `10.0.0.${i}`, groups: [`g${prefix}`] }));
      sync.setReady(true);
    }
    await Promise.all([ours.sync.settled(), theirs.sync.settled()]);
    for (let i = 0; i < 10; i++) ours.sync.want(`pod/${i}`, undefined);
    theirs.sync.want('network', undefined);
    for (let i = 0; i < 20; i++) theirs.sync.want(`pod/${i}`, undefined);
    await Promise.all([ours.sync.settled(), theirs.sync.settled()]);
    // Each has heard of the other's last word, and has nothing to say to it.
    await ours.client.server.echo();
    await theirs.client.server.echo();
    const before = [ours.sync.stats.operations, theirs.sync.stats.operations];
    await Promise.all([ours.sync.settled(), theirs.sync.settled()]);
    expect([ours.sync.stats.operations, theirs.sync.stats.operations]).toEqual(before);
    expect([...ours.client.replica.rows('Logical_Switch')].map((row) => row['name'])).toEqual(['a']);
    expect(ours.client.replica.count('Logical_Switch_Port')).toBe(10);
    expect(new Set([...ours.client.replica.rows('Port_Group')].map((row) => row['name']))).toEqual(new Set(['ga', 'gb']));
  });

  test('values that the schema forbids are reported without asking the server', async () => {
    await using nb = await openNorthbound(remote());
    nb.sync.want('policy/g', groupFragment('g'));
    const acl = (priority: number) => ({
      rows: [
        {
          table: 'ACL',
          key: `acl${priority}`,
          columns: { priority, direction: 'to-lport', match: 'ip4', action: 'drop' },
          parent: { table: 'Port_Group', key: 'g', column: 'acls' },
        },
      ],
      members: [],
    });
    nb.sync.want('rule/good', acl(1000));
    nb.sync.want('rule/bad', acl(70_000));
    nb.sync.want('rule/column', { rows: [{ table: 'Logical_Switch', key: 's', columns: { nonsense: 1 } }], members: [] });
    nb.sync.setReady(true);
    await nb.sync.settled();
    expect(nb.sync.stats).toMatchObject({ transactions: 1, refused: 0 });
    expect(nb.sync.problem('rule/good')).toBeUndefined();
    expect(nb.sync.problem('rule/bad')).toMatchObject({ code: 'OVSDB_BAD_VALUE', table: 'ACL', column: 'priority', value: 70_000 });
    expect(nb.sync.problem('rule/column')).toMatchObject({ code: 'OVSDB_UNKNOWN_COLUMN', column: 'nonsense' });
    expect(nb.client.replica.count('ACL')).toBe(1);
  });

  test('what is missing is waited for, whatever the order', async () => {
    await using nb = await openNorthbound(remote());
    nb.sync.setReady(true);
    nb.sync.want('pod/p', podFragment('p', { network: 'a', address: '10.0.0.1', groups: ['g'] }));
    await nb.sync.settled();
    expect(nb.sync.stats.operations).toBe(0);
    expect(nb.sync.problem('pod/p')).toMatchObject({ code: 'OVSDB_UNRESOLVED_REFERENCE' });
    nb.sync.want('policy/g', groupFragment('g'));
    nb.sync.want('subnet/a', switchFragment('a'));
    await nb.sync.settled();
    expect(nb.sync.problem('pod/p')).toBeUndefined();
    expect(nb.sync.realised('pod/p')).toBe(true);
  });

  test('duplicates of one natural key are mended, and references follow', async () => {
    await using nb = await openNorthbound(remote());
    const row = { name: 'a', external_ids: { vendor: 'test' } };
    await nb.client.transact([
      { op: 'insert', table: 'Logical_Switch', row },
      { op: 'insert', table: 'Logical_Switch', row },
      { op: 'insert', table: 'Logical_Switch', row },
    ]);
    nb.sync.want('subnet/a', switchFragment('a'));
    nb.sync.want('pod/p', podFragment('p', { network: 'a', address: '10.0.0.1' }));
    nb.sync.setReady(true);
    await nb.sync.settled();
    expect([...nb.client.replica.rows('Logical_Switch')]).toMatchObject([{ name: 'a', ports: [expect.any(String)] }]);
  });

  test('the brake holds back a first plan that would delete most of what is ours', async () => {
    {
      await using nb = await openNorthbound(remote());
      for (let i = 0; i < 20; i++) nb.sync.want(`subnet/${i}`, switchFragment(`s${i}`));
      nb.sync.setReady(true);
      await nb.sync.settled();
    }
    await using again = await openNorthbound(remote(), { brake: { share: 0.5, minimum: 5 } });
    again.sync.want('subnet/new', switchFragment('new'));
    again.sync.setReady(true);
    await again.sync.settled();
    expect(again.sync.stats.brakeEngaged).toBe(true);
    expect(again.client.replica.count('Logical_Switch')).toBe(21);
    for (let i = 0; i < 12; i++) again.sync.want(`subnet/${i}`, switchFragment(`s${i}`));
    await again.sync.settled();
    expect(again.sync.stats.brakeEngaged).toBe(false);
    expect(again.client.replica.count('Logical_Switch')).toBe(13);
  });

  test('the server is restarted under a running synchronizer: what was in flight is resolved by planning anew', async () => {
    await using nb = await openNorthbound(remote());
    nb.sync.want('subnet/a', switchFragment('a'));
    nb.sync.setReady(true);
    await nb.sync.settled();
    for (let i = 0; i < 100; i++) nb.sync.want(`pod/${i}`, podFragment(`p${i}`, { network: 'a', address: `10.0.0.${i}` }));
    await Promise.resolve();
    await server!.kill();
    expect(nb.client.replica.count('Logical_Switch')).toBe(1);
    await nb.client.replica.waitFor((replica) => replica.state.name === 'stale', 30_000);
    await server!.start();
    await nb.sync.settled();
    expect(nb.client.replica.count('Logical_Switch_Port')).toBe(100);
    expect(
      await server!
        .client('dump', server!.remote, 'OVN_Northbound', 'Logical_Switch_Port', 'name')
        .then((text) => text.split('\n').filter((line) => /^p\d/.test(line)).length),
    ).toBe(100);
  });

  test('shared rows: stated keys are written, declared keys that nobody wants go, foreign keys stay', async () => {
    await using nb = await openNorthbound(remote());
    await nb.client.transact([{ op: 'insert', table: 'NB_Global', row: { options: { foreign: '1', test_b: 'old' } } }]);
    nb.sync.want('global', { rows: [{ table: 'NB_Global', key: '.', columns: { options: { test_a: '1' }, name: 'n' } }], members: [] });
    nb.sync.setReady(true);
    await nb.sync.settled();
    expect([...nb.client.replica.rows('NB_Global')]).toMatchObject([
      {
        name: 'n',
        options: new Map([
          ['foreign', '1'],
          ['test_a', '1'],
        ]),
      },
    ]);
    nb.sync.want('global', { rows: [{ table: 'NB_Global', key: '.', columns: { options: { test_a: '2', other: 'x' } } }], members: [] });
    await nb.sync.settled();
    nb.sync.want('global', undefined);
    await nb.sync.settled();
    expect([...nb.client.replica.rows('NB_Global')]).toMatchObject([{ options: new Map([['foreign', '1']]) }]);
  });

  test('rows that refer to each other are made together: a strong single reference', async () => {
    await using nb = await openNorthbound(remote());
    nb.sync.want('router', {
      rows: [
        { table: 'Logical_Router', key: 'r', columns: {} },
        {
          table: 'Logical_Router_Port',
          key: 'rp',
          columns: { mac: '00:00:00:00:00:02', networks: ['10.0.0.1/24'], ha_chassis_group: rowRef('HA_Chassis_Group', 'h') },
          parent: { table: 'Logical_Router', key: 'r', column: 'ports' },
        },
        { table: 'HA_Chassis_Group', key: 'h', columns: { ha_chassis: [rowRef('HA_Chassis', 'h/1')] } },
        { table: 'HA_Chassis', key: 'h/1', columns: { chassis_name: 'c1', priority: 1 } },
      ],
      members: [],
    });
    nb.sync.setReady(true);
    await nb.sync.settled();
    expect(nb.sync.stats).toMatchObject({ transactions: 1, refused: 0 });
    expect(nb.client.replica.count('HA_Chassis')).toBe(1);
    nb.sync.want('router', { rows: [{ table: 'Logical_Router', key: 'r', columns: {} }], members: [] });
    await nb.sync.settled();
    expect(nb.sync.stats).toMatchObject({ refused: 0 });
    expect(
      ['HA_Chassis', 'HA_Chassis_Group', 'Logical_Router_Port', 'Logical_Router'].map((table) => nb.client.replica.count(table)),
    ).toEqual([0, 0, 0, 1]);
  });

  test('owners that disagree: the first wins, the later is told, and follows when the first goes', async () => {
    await using nb = await openNorthbound(remote());
    const lb = (port: string) => ({
      rows: [],
      members: [{ table: 'Load_Balancer', key: 'lb', column: 'vips', map: { '1.1.1.1:80': `10.0.0.1:${port}` } }],
    });
    nb.sync.want('lb', { rows: [{ table: 'Load_Balancer', key: 'lb', columns: { protocol: 'tcp', vips: {} } }], members: [] });
    nb.sync.want('service/a', lb('1'));
    nb.sync.want('service/b', lb('2'));
    nb.sync.setReady(true);
    await nb.sync.settled();
    expect(nb.sync.problem('service/a')).toBeUndefined();
    expect(nb.sync.problem('service/b')).toMatchObject({ code: 'OVSDB_CONFLICTING_OWNERS' });
    nb.sync.want('service/a', undefined);
    await nb.sync.settled();
    expect(nb.sync.problem('service/b')).toBeUndefined();
    expect([...nb.client.replica.rows('Load_Balancer')]).toMatchObject([{ vips: new Map([['1.1.1.1:80', '10.0.0.1:2']]) }]);
  });
});
