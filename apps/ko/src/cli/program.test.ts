import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { runKo } from './program.ts';

const folder = mkdtempSync(join(tmpdir(), 'ko-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function ko(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const said = { out: '', err: '' };
  const into = (name: 'out' | 'err') =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        said[name] += chunk.toString();
        done();
      },
    });
  const code = await runKo(args, environment, {
    stdin: new PassThrough().end(),
    stdout: into('out'),
    stderr: into('err'),
    signal: new AbortController().signal,
  });
  return { code, ...said };
}

function site(content: unknown): string {
  const file = join(folder, 'site.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

const empty = () => ['--site', site({})];

describe('ko', () => {
  it.each([[['--help']], [['trace', '--help']], [['nb', '--help']]])('%j is help, with exit code 0', async (args) => {
    expect(await ko(args)).toMatchObject({ code: 0, err: '', out: expect.stringContaining('Usage: ko') });
  });

  it.each([
    ['bash', /^complete -F _ko ko$/m],
    ['zsh', /^#compdef ko$/m],
    ['fish', /^complete -c ko -f$/m],
  ])('completion for %s needs no cluster', async (shell, expected) => {
    const asked = await ko(['--site', '/nonexistent', 'completion', shell]);
    expect(asked).toMatchObject({ code: 0, err: '', out: expect.stringMatching(expected) });
  });

  it.each([
    [['frob'], "unknown command 'frob'"],
    [['trace', 'shop/web'], "missing required argument 'to'"],
    [['trace', 'shop/web', '10.0.0.1', 'sctp'], 'Allowed choices are icmp, tcp, udp, arp'],
    [['--ovn-nb-addr', 'udp:1', 'check'], 'Want unix:/path, tcp:host:port or ssl:host:port'],
    [['--ovs', 'unix:/a', 'check'], 'Want NODE=REMOTE'],
    [['check', '--wait', '-1x'], 'Want seconds, 0 to 3600'],
    [['check', '-o', 'xml'], 'Allowed choices are text, json, yaml'],
    [['completion', 'csh'], 'Allowed choices are bash, zsh, fish'],
    [['--site', '/nonexistent', 'ip', '10.0.0.1'], 'site file /nonexistent: ENOENT'],
  ])('%j is refused with exit code 2', async (args, message) => {
    expect(await ko(args)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(message) });
  });

  it.each([
    ['not JSON', '{', 'in JSON'],
    ['an unknown field', { frob: 1 }, '/frob is no field of a site file'],
    ['a remote of no known kind', { northbound: ['udp:1'] }, '/northbound/0'],
    ['a node that is no object', { nodes: { node1: 'unix:/a' } }, '/nodes/node1 must be object'],
  ])('a site file with %s is refused by file and field', async (_name, content, message) => {
    const file = site(content);
    const { code, err } = await ko(['--site', file, 'check']);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) });
    expect(err).toContain(file);
  });

  it('without any way to the cluster it says what to give', async () => {
    expect(await ko([...empty(), 'ip', '10.0.0.1'])).toMatchObject({ code: 3, err: expect.stringContaining('give --kubeconfig') });
  });

  it('programs of a node run here, in the folder that the site names', async () => {
    const file = site({ kubeconfig: kubeconfig(), nodes: { node1: { runDir: folder, vswitchd: `${folder}/none.ctl` } } });
    const { code, err } = await ko(['--site', file, 'appctl', 'node1', 'version']);
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(`cannot connect to "${folder}/none.ctl"`) });
  });
});

/** Of a server that is never asked. */
function kubeconfig(): string {
  const file = join(folder, 'kubeconfig');
  const text = `apiVersion: v1
kind: Config
current-context: here
contexts: [{ name: here, context: { cluster: here, user: me } }]
clusters: [{ name: here, cluster: { server: 'https://127.0.0.1:1' } }]
users: [{ name: me, user: { token: none } }]
`;
  writeFileSync(file, text);
  return file;
}
