import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemScheduler } from '@kube-ovn/kube';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { birdProcess, type Bird } from '../src/bird/daemon.ts';
import { parseConfig } from '../src/config.ts';
import { birdFiles, type BirdFiles } from '../src/features/configuration/configuration.formula.ts';
import { peerOfFlag, type Peer } from '../src/inputs/peer.ts';

let dir: string;
const told: string[] = [];
const running = new Set<Bird>();

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ko-bird-'));
});

afterEach(async () => {
  for (const bird of running) await bird.stop(false);
  running.clear();
  rmSync(dir, { recursive: true, force: true });
});

const newBird = (): Bird => {
  const bird = birdProcess({ program: 'bird', dir, scheduler: systemScheduler(), told: (message) => told.push(message) });
  running.add(bird);
  return bird;
};
const filesOf = (prefixes: readonly string[], peers: readonly Peer[] = []): BirdFiles =>
  birdFiles({
    routerId: '192.0.2.1',
    peers,
    prefixes: prefixes.map((prefix) => ({ prefix, communities: ['65000:1', '65000:1:2'] })),
    node: { v4: '192.0.2.1', v6: '2001:db8::1', standing: 'all' },
    nodeIps: [],
    deferralSeconds: 360,
  });
const routes = async (bird: Bird): Promise<readonly string[]> =>
  (await bird.ask('show route table announced4')).lines.flatMap(({ text }) => /^\d[\d.]+\/\d+/.exec(text)?.[0] ?? []);
const processOf = (): number => {
  const pid = Number(readFileSync(join(dir, 'bird.pid'), 'utf8'));
  if (!(pid > 1)) throw new Error('no BIRD');
  return pid;
};
const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
};

test('started, changed, left alone when nothing changed; files and socket are for the owner alone', async () => {
  const bird = newBird();
  expect(await bird.apply(filesOf(['10.1.0.0/24']))).toBe(true);
  expect(await routes(bird)).toEqual(['10.1.0.0/24']);
  expect(await bird.apply(filesOf(['10.1.0.0/24']))).toBe(false);
  expect(await bird.apply(filesOf(['10.1.0.5/32']))).toBe(true);
  expect(await routes(bird)).toEqual(['10.1.0.5/32']);
  expect([bird.starts, bird.configurations]).toEqual([1, 1]);
  for (const name of ['bird.conf', 'routes4.conf', 'bird.ctl']) expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600);
});

test('what it refuses leaves what it announced before, and the next change is taken', async () => {
  const bird = newBird();
  await bird.apply(filesOf(['10.1.0.0/24']));
  await expect(bird.apply({ ...filesOf([]), 'routes4.conf': 'rout' })).rejects.toThrow(/BIRD refuses "configure": .*routes4.conf:1/s);
  expect(await routes(bird)).toEqual(['10.1.0.0/24']);
  expect(await bird.apply(filesOf(['10.1.0.5/32']))).toBe(true);
  expect(await routes(bird)).toEqual(['10.1.0.5/32']);
});

test('the next speaker takes over the one that runs', async () => {
  await newBird().apply(filesOf(['10.1.0.0/24']));
  const pid = processOf();
  const next = newBird();
  expect(await next.apply(filesOf(['10.1.0.5/32']))).toBe(true);
  expect([next.starts, processOf()]).toEqual([0, pid]);
  expect(await routes(next)).toEqual(['10.1.0.5/32']);
});

test('killed, it is started again with what was wanted', async () => {
  const bird = newBird();
  await bird.apply(filesOf(['10.1.0.0/24']));
  process.kill(processOf(), 'SIGKILL');
  await until(() => bird.starts === 2 && bird.isRunning);
  expect(await routes(bird)).toEqual(['10.1.0.0/24']);
});

test('a program that is none is told by name', async () => {
  const bird = birdProcess({ program: 'no-such-bird', dir, scheduler: systemScheduler(), told: () => undefined });
  await expect(bird.apply(filesOf([]))).rejects.toThrow(/no-such-bird did not start/);
});

test('BIRD reads every configuration that peers can make', () => {
  const config = parseConfig(['--cluster-as', '65000', '--neighbor-as', '65001'], {});
  const { defaults } = config as Exclude<typeof config, 'help'>;
  const bits = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((low) => [0, 8, 16, 24].map((high) => low + high));
  const has = (set: number, bit: number): boolean => (set & (1 << bit)) !== 0;
  const peers = bits.map((set) => ({
    ...peerOfFlag(has(set, 0) ? `192.0.2.${set + 10}` : `2001:db8::${set + 10}`, has(set, 1) ? 65_000 : 65_001, {
      ...defaults,
      localAs: 65_000,
    }),
    bothFamilies: has(set, 2),
    gracefulRestart: has(set, 3),
    bfd: has(set, 3),
    passive: has(set, 4),
    hops: has(set, 4) ? 255 : 1,
    password: has(set, 4) ? "a b;{}'#\\/" : undefined,
    communities: has(set, 2) ? ['65535:0', '4294967295:0:1'] : [],
  }));
  const bird = newBird();
  return bird.apply(filesOf(['10.1.0.0/24', 'fd01::/64'])).then(() => {
    for (const [name, text] of Object.entries(filesOf(['10.1.0.0/24', 'fd01::/64'], peers))) writeFileSync(join(dir, name), text);
    expect(execFileSync('bird', ['-p', '-c', join(dir, 'bird.conf')], { encoding: 'utf8', cwd: dir })).toBe('');
  });
});
