/** Those subcommands of `ko` that make pods of their own: the matrix of what reaches what, and how fast. */
import { spawn } from 'node:child_process';
import { resources } from '@kube-ovn/api';
import { afterAll, expect, it } from 'vitest';
import { siteFileOf } from '../../src/lab/site.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { ko, koArgv } from './ko.ts';
import { eventually, type LabRef, removeNamespaces } from './support.ts';

interface Check {
  readonly what: string;
  readonly ok: boolean;
  readonly family: string;
  readonly protocol: string;
  readonly from: string;
  readonly to: string;
  readonly answer: string | null;
}

export function koTraffic(lab: LabRef): void {
  afterAll(async () => {
    await removeNamespaces(lab(), await madeByKo(lab()));
  }, 60_000);

  it('asks everything in both families, and all is as expected', async () => {
    const { outside } = lab().layout;
    const outsides = ['--external', `${outside.host}:8080`, '--external', `[${outside.host6}]:8080`];
    const { code, stdout, stderr } = await ko(
      lab(),
      'connectivity',
      'test',
      'node1',
      'node2',
      '--image',
      'node',
      ...outsides,
      '-o',
      'json',
    );
    if (stdout === '') throw new Error(stderr);
    const { checks, left } = JSON.parse(stdout) as { readonly checks: readonly Check[]; readonly left: readonly string[] };
    expect({ code, stderr, failed: checks.filter(({ ok }) => !ok) }).toEqual({ code: 0, stderr: '', failed: [] });
    const kinds = new Map(checks.map((check) => [`${check.what} ${check.family}`, check.answer]));
    const expected = [
      'pod to pod on the same node',
      'pod to pod on another node',
      'pod to address of a service',
      'pod to a port of another node',
    ];
    for (const what of [
      ...expected,
      'node to a pod of another node',
      'pod to the outside',
      'allowed by a policy',
      'denied by a policy: another pod',
    ])
      for (const family of ['IPv4', 'IPv6']) expect([...kinds.keys()]).toContain(`${what} ${family}`);
    expect(left).toEqual(['names of services: there is no Service kube-system/kube-dns']);
    expect(await madeByKo(lab())).toEqual([]);
  }, 120_000);

  it('says what is in the way, and ends with 1', async () => {
    // nobody is at that port
    const wrong = ['--external', `${lab().layout.outside.host}:9`, '--timeout', '1'];
    const { code, stdout } = await ko(lab(), 'connectivity', 'test', 'node1', '--image', 'node', ...wrong);
    expect({ code, stdout }).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /^FAILED +pod to the outside +IPv4 +tcp +client > outside +\S+:9 +wanted a connection, got ECONNREFUSED$[^]*1 of \d+ not as expected/m,
      ),
    });
  }, 120_000);

  it('measures throughput and round trips on every way, and leaves nothing', async () => {
    const { code, stdout, stderr } = await ko(lab(), 'perf', 'node1', 'node2', '--image', 'node', '--duration', '0.1', '-o', 'json');
    if (stdout === '') throw new Error(stderr);
    const { ways } = JSON.parse(stdout) as { readonly ways: readonly Way[] };
    expect({ code, ways: ways.map(({ what, family }) => `${family} ${what}`) }).toEqual({
      code: 0,
      ways: ['IPv4', 'IPv6'].flatMap((family) =>
        ['pod to pod on the same node', 'pod to pod on another node', 'node to its pod', 'node to a pod of another node'].map(
          (what) => `${family} ${what}`,
        ),
      ),
    });
    // a bit is little; that nothing comes through at all is what is looked for
    expect(ways.filter(({ tcp, udp, latency }) => tcp.bitsPerSecond < 1e6 || udp.bitsPerSecond < 1e5 || latency.roundTrips < 2)).toEqual(
      [],
    );
    expect(await madeByKo(lab())).toEqual([]);
  }, 120_000);

  it('takes away what it made also when it is interrupted', async () => {
    const [program, ...args] = koArgv(['perf', 'node1', '--image', 'node', '--duration', '60']);
    const child = spawn(program, args, { env: { ...process.env, KO_SITE: siteFileOf(lab().layout) }, stdio: ['ignore', 'ignore', 'pipe'] });
    let told = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (told += chunk));
    const ended = new Promise<number | null>((resolve) => {
      child.once('close', resolve);
    });
    await eventually(
      'its pods',
      async () =>
        (await lab().client.list(resources.pod, { labelSelector: 'app.kubernetes.io/managed-by=ko' })).items.length > 0 || undefined,
    );
    child.kill('SIGINT');
    expect({ code: await ended, told, left: await madeByKo(lab()) }).toEqual({
      code: 3,
      told: expect.stringContaining('stopped'),
      left: [],
    });
  }, 60_000);
}

interface Way {
  readonly what: string;
  readonly family: string;
  readonly tcp: { readonly bitsPerSecond: number };
  readonly udp: { readonly bitsPerSecond: number };
  readonly latency: { readonly roundTrips: number };
}

async function madeByKo(lab: Lab): Promise<readonly string[]> {
  const { items } = await lab.client.list(resources.namespace, { labelSelector: 'app.kubernetes.io/managed-by=ko' });
  return items.map(({ metadata }) => metadata.name);
}
