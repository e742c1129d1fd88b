import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { resources } from '@kube-ovn/api';
import { kubeClient, systemScheduler } from '@kube-ovn/kube';
import { type DatabaseClient, type Operation, selectionOf } from '@kube-ovn/ovsdb';
import { openDatabase, systemClock } from '@kube-ovn/ovsdb/node';
import { tables } from '@kube-ovn/ovn-model';
import { createLog } from '@kube-ovn/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../src/config/config.ts';
import { parseFlags } from '../src/config/parse-flags.ts';
import { type Rehearsal, rehearse } from '../src/rehearsal/rehearse.ts';
import { type Cluster, startCluster } from './support/cluster.ts';
import { startController } from './support/controller.ts';
import { leaveKubeOvnCluster } from './support/kube-ovn-cluster.ts';

const run = promisify(execFile);
const main = new URL('../src/main.ts', import.meta.url).pathname;

/** Operations with the names that an insert gives out for one transaction taken away, in an order of their own. */
function comparable(operations: readonly Operation[]): readonly string[] {
  const names = new Map(
    operations.flatMap((operation) =>
      operation.op === 'insert' && operation.uuidName !== undefined
        ? [[operation.uuidName, `${operation.table} ${rowText({ ...operation.row, ports: undefined })}`] as const]
        : [],
    ),
  );
  const text = (operation: Operation): string =>
    JSON.stringify(operation, (key, value: unknown) => {
      if (key === 'uuidName') return undefined;
      if (value instanceof Map) return [...(value as ReadonlyMap<string, unknown>)].toSorted(([a], [b]) => (a < b ? -1 : 1));
      if (typeof value === 'object' && value !== null && 'named' in value) return { named: names.get(String(value.named)) };
      return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value.toSorted((a, b) => (a < b ? -1 : 1)) : value;
    });
  return operations.map(text).toSorted((a, b) => (a < b ? -1 : 1));
}

function rowText({ name, external_ids: ids }: Readonly<Record<string, unknown>>): string {
  return JSON.stringify([name, ids instanceof Map ? [...(ids as ReadonlyMap<string, unknown>)] : ids]);
}

describe('a cluster that Kube-OVN has made', { timeout: 60_000 }, () => {
  let cluster: Cluster;
  let rehearsal: Rehearsal;
  beforeAll(async () => {
    cluster = await startCluster();
    await leaveKubeOvnCluster(cluster);
  }, 60_000);
  afterAll(() => cluster?.stop());

  const northbound = (): string => execFileSync('ovsdb-client', ['dump', cluster.remote, 'OVN_Northbound'], { encoding: 'utf8' });
  /** Every write of any object raises it. */
  const version = async (): Promise<string> => (await cluster.kube.list(resources.namespace)).resourceVersion;
  const flags = (): readonly string[] => [`--kubeconfig=${cluster.kubeconfig}`, `--ovn-nb-addr=${cluster.remote}`];
  const dryRun = () => run(process.execPath, ['--conditions=@kube-ovn/source', main, '--dry-run', ...flags()]);

  it('--dry-run says what the first sync would write, by table and name, and writes nothing', async () => {
    const before = { northbound: northbound(), version: await version() };
    const { stdout } = await dryRun();
    expect({ northbound: northbound(), version: await version() }).toEqual(before);
    expect(stdout).toMatch(/^Dry run: nothing was written/);
    expect(stdout).toMatch(/^OVN Northbound: \d+ operations on \d+ tables/m);
    // what is Kube-OVN's and nobody wants any more
    expect(stdout).toMatch(/^ {2}delete ovn\.default\.node1$/m);
    expect(stdout).toMatch(/^ {2}delete db\.shop$/m);
    expect(stdout).toMatch(/^ {2}delete cluster-tcp-loadbalancer$/m);
    // what is there and stays: switches, routers, ports and addresses
    expect(stdout).not.toMatch(/^ {2}(?:insert|delete) (?:web\.shop|node-node1|join|ovn-default|ovn-cluster)(?: |$)/m);
    expect(stdout).not.toMatch(/addresses = /);
    expect(stdout).toMatch(/^ {2}insert NetworkPolicy\/shop\/db\/ingress\/0@\S+ priority=2002 match=outport == @/m);
    expect(stdout).toMatch(/^ {2}change ovn-cluster: .*policies \+ .*ovn-cluster\/gateway\/node1\/ip4/m);
    expect(stdout).toMatch(/^Left alone: 7 rows /m);
    expect(stdout).toMatch(
      /^ {2}ovn-nbctl remove Logical_Router ovn-cluster policies \S+ {2}# priority=30000 match=ip4\.dst == 192\.0\.2\.1 /m,
    );
    expect(stdout).toMatch(/^Kubernetes: \d+ writes, 0 events/m);
    expect(stdout).toMatch(/^ {2}patch {2}shop\/web: ovn\.kubernetes\.io\/logical_router$/m);
  });

  it('counted: no operation, and no request that writes', async () => {
    const kube = kubeClient({ kubeconfig: cluster.kubeconfig });
    await using client = openDatabase({
      remotes: [cluster.remote],
      database: 'OVN_Northbound',
      tables: selectionOf(Object.values(tables)),
    });
    const config = readConfig(parseFlags(flags()).values, {}, { hostname: 'test', pid: 1 });
    const log = createLog({ name: 'kube-ovn-controller', level: 'silent' });
    const ports = { kube, northbound: client, scheduler: systemScheduler(), clock: systemClock, random: Math.random, log };
    rehearsal = await rehearse(config, ports, 30_000);
    expect([kube.writes, rehearsal.problems.size, rehearsal.isBrakeEngaged]).toEqual([0, 0, false]);
    expect(rehearsal.operations.length).toBeGreaterThan(20);
    kube.close();
  });

  it('the real start sends exactly these operations, and afterwards there is nothing left to do', async () => {
    const sent: Operation[] = [];
    const recording = (client: DatabaseClient): DatabaseClient =>
      new Proxy(client, {
        get: (target, name) => {
          if (name === 'transact')
            return (...[operations, options]: Parameters<DatabaseClient['transact']>) => {
              sent.push(...operations);
              return client.transact(operations, options);
            };
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      });
    const real = await startController(cluster, [], { northbound: recording });
    await real.settled();
    await real.stop();
    expect(comparable(sent)).toEqual(comparable(rehearsal.operations));
    const { stdout } = await dryRun();
    expect(stdout).toMatch(/^OVN Northbound: no operation/m);
    expect(stdout).toMatch(/^Kubernetes: no write/m);
    const removals = [...stdout.matchAll(/^ {2}ovn-nbctl (?<argv>remove [^#]*?) {2}#/gm)].map(({ groups }) => groups?.['argv'] ?? '');
    expect(removals).toHaveLength(7);
    for (const argv of removals) execFileSync('ovn-nbctl', [`--db=${cluster.remote}`, ...argv.split(' ')]);
    expect((await dryRun()).stdout.trim().split('\n').filter(Boolean)).toEqual([
      'Dry run: nothing was written, neither to OVN nor to Kubernetes.',
      'OVN Northbound: no operation, it is as the objects want it.',
      'Kubernetes: no write.',
    ]);
  });
});
