import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { layoutOf } from '../src/infra/layout.ts';
import { describeLeftovers, findLeftovers, linksWithLabNames, namespacesOf } from '../src/infra/leftovers.ts';
import { readManifest } from '../src/infra/manifest.ts';
import { tearDown } from '../src/infra/teardown.ts';
import { waitFor } from '../src/infra/wait.ts';
import { testLabName } from './names.ts';

const layout = layoutOf({ name: testLabName('tc'), nodes: 2, raft: false, families: 'ipv4' });
const MAIN = join(import.meta.dirname, '..', 'src', 'main.ts');

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; output: string }>;
}

function lab(...args: readonly string[]): Run {
  const child = spawn(
    process.execPath,
    ['--conditions=@kube-ovn/source', '--disable-warning=ExperimentalWarning', MAIN, ...args, '--name', layout.name],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  return { child, ended: new Promise((resolve) => child.once('close', (code) => resolve({ code, output }))) };
}

const left = () => describeLeftovers(findLeftovers({ ...layout, linksBefore }));
const made = (kind: 'namespace' | 'process') => readManifest(layout.manifest).filter((entry) => entry.kind === kind).length;
const until = (what: string, ask: () => boolean) => waitFor(what, ask, { timeoutMs: 20_000, intervalMs: 2 });

const linksBefore = linksWithLabNames();

describe('taking down', () => {
  afterEach(async () => {
    await tearDown(layout, { graceMs: 500 });
  }, 30_000);

  it.each([
    ['the first namespace', 'namespace', 1],
    ['the first process', 'process', 1],
    ['half of the processes', 'process', 6],
    ['most of the processes', 'process', 12],
  ] as const)(
    'Ctrl-C after %s leaves nothing',
    async (_, kind, count) => {
      const { child, ended } = lab('up', '--nodes', '2', '--no-demo');
      await until('start-up is under way', () => made(kind) >= count);
      child.kill('SIGINT');
      const { code, output } = await ended;
      expect(output).toMatch(/interrupted|taking the lab down/);
      expect(code).not.toBeNull();
      expect(left()).toEqual([]);
    },
    45_000,
  );

  it('Ctrl-C twice is Ctrl-C once', async () => {
    const { child, ended } = lab('up', '--nodes', '2', '--no-demo');
    await until('start-up is under way', () => made('process') >= 3);
    child.kill('SIGINT');
    child.kill('SIGINT');
    child.kill('SIGTERM');
    await ended;
    expect(left()).toEqual([]);
  }, 45_000);

  it.each([1, 7])(
    'kill -9 of the supervisor after %i processes: "down" leaves nothing, and again has nothing to do',
    async (count) => {
      const { child, ended } = lab('up', '--nodes', '2', '--no-demo');
      await until('start-up is under way', () => made('process') >= count);
      child.kill('SIGKILL');
      await ended;
      expect(left().length).toBeGreaterThan(1);
      const status = await lab('status').ended;
      expect(status).toMatchObject({ code: 1, output: expect.stringContaining('is dead') });
      const first = await lab('down').ended;
      expect(first).toMatchObject({ code: 0, output: expect.stringContaining('nothing is left') });
      expect(left()).toEqual([]);
      expect(await lab('down').ended).toMatchObject({ code: 0, output: expect.stringContaining('there is no lab') });
    },
    45_000,
  );

  it('a lab that starts under the name of a dead one removes it first', async () => {
    const first = lab('up', '--nodes', '1', '--no-demo');
    await until('start-up is under way', () => made('process') >= 4);
    first.child.kill('SIGKILL');
    await first.ended;
    const second = lab('up', '--nodes', '1', '--no-demo');
    await until('the second one is under way', () =>
      readManifest(layout.manifest).some((entry) => entry.kind === 'supervisor' && entry.pid === second.child.pid),
    );
    second.child.kill('SIGINT');
    expect((await second.ended).output).toContain('left behind');
    expect(left()).toEqual([]);
  }, 45_000);

  it('"down" ends a supervisor that runs', async () => {
    const { ended } = lab('up', '--nodes', '1', '--no-demo');
    await until('start-up is under way', () => made('process') >= 3);
    expect((await lab('down').ended).code).toBe(0);
    expect((await ended).code).not.toBe(0);
    expect(left()).toEqual([]);
  }, 45_000);
});

describe('refusals come before anything is made', () => {
  it('a name that is in use', async () => {
    const { child, ended } = lab('up', '--nodes', '1', '--no-demo');
    await until('start-up is under way', () => made('process') >= 1);
    const refused = await lab('up').ended;
    expect(refused).toMatchObject({ code: 1, output: expect.stringContaining(`a lab named ${layout.name} runs already`) });
    child.kill('SIGINT');
    await ended;
    expect(left()).toEqual([]);
  }, 45_000);

  it('a port that is in use, a kubeconfig that is none', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await lab('up', '--port', String(port)).ended).toMatchObject({ code: 1, output: expect.stringContaining(`--port ${port}`) });
    server.close();
    expect(await lab('up', '--kubeconfig', MAIN).ended).toMatchObject({ code: 1, output: expect.stringContaining(MAIN) });
    expect(namespacesOf(layout.name)).toEqual([]);
    expect(left()).toEqual([]);
  }, 30_000);
});
