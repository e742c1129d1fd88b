import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { bundle } from './bundle.ts';
import { redactObject, redactText } from './redact.ts';
import { tar } from './tar.ts';

const keep = { keepsPrograms: true };
const hide = { keepsPrograms: false };

describe('what is secret', () => {
  it.each([
    ['Authorization: Bearer abc.def', 'Authorization: REDACTED REDACTED'],
    ['curl -H "Authorization: Bearer abc"', 'curl -H "Authorization: REDACTED REDACTED"'],
    ['GET https://admin:pw@example.org/x', 'GET https://REDACTED@example.org/x'],
    ['got eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrOHMifQ.c2ln here', 'got REDACTED here'],
    ['options {psk="very secret", key="2"}', 'options {psk=REDACTED, key="2"}'],
    ['--auth-token=abc --port=1', '--auth-token=REDACTED --port=1'],
    ['{"password": "p w", "a": 1}', '{"password": REDACTED, "a": 1}'],
    ['{\\"password\\": \\"p w\\", \\"a\\": 1}', '{\\"password\\": REDACTED, \\"a\\": 1}'],
    ['apiKey: abc', 'apiKey: REDACTED'],
    ['a\n-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nb', 'a\nREDACTED\nb'],
  ])('in %j is taken out', (text, expected) => {
    const redacted = redactText(text);
    for (const secret of ['abc', 'admin', 'pw', 'very secret', 'p w', 'MII', 'eyJ']) expect(redacted).not.toContain(secret);
    expect(redacted.replace('REDACTED REDACTED', 'REDACTED')).toBe(expected.replace('REDACTED REDACTED', 'REDACTED'));
  });

  it.each([
    'secretName: kube-ovn-tls',
    'tokenExpirationSeconds: 3600',
    'cookie=0x1, table=0, priority=100',
    'ssl:10.0.0.1:6641',
    'Logical_Switch 7f2 (a)',
  ])('is nothing in %j', (text) => {
    expect(redactText(text)).toBe(text);
  });

  it('of objects goes, and the rest stays', () => {
    const peer = {
      kind: 'BgpConf',
      metadata: {
        name: 'bgp',
        managedFields: [{ manager: 'x' }],
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"password":"p"}', other: 'kept' },
      },
      spec: {
        password: 'hush',
        localASN: 65_000,
        passwordSecret: 'bgp-pass',
        list: [{ token: 't' }, { name: 'n' }],
        empty: { password: '' },
      },
    };
    expect(redactObject(peer, keep)).toEqual({
      kind: 'BgpConf',
      metadata: { name: 'bgp', annotations: { other: 'kept' } },
      spec: {
        password: 'REDACTED',
        localASN: 65_000,
        passwordSecret: 'bgp-pass',
        list: [{ token: 'REDACTED' }, { name: 'n' }],
        empty: { password: '' },
      },
    });
  });

  it('of a Secret is all but its name', () => {
    const secret = { kind: 'Secret', metadata: { name: 'tls' }, data: { cert: 'QQ==' }, stringData: { a: 'b' } };
    expect(redactObject({ items: [secret] }, keep)).toEqual({
      items: [{ kind: 'Secret', metadata: { name: 'tls' }, data: 'REDACTED', stringData: 'REDACTED' }],
    });
  });

  it('of containers are variables by their names, and of those of others everything that they run', () => {
    const container = {
      name: 'web',
      command: ['run'],
      args: ['--port=1'],
      env: [
        { name: 'DB_PASSWORD', value: 'p' },
        { name: 'PORT', value: '1' },
      ],
    };
    expect(redactObject(container, keep)).toMatchObject({ args: ['--port=1'], env: [{ value: 'REDACTED' }, { value: '1' }] });
    expect(redactObject(container, hide)).toEqual({ name: 'web', command: 'REDACTED', args: 'REDACTED', env: 'REDACTED' });
  });
});

describe('a bundle', () => {
  const content = (text: string) => Buffer.from(text);

  it('has an index of what is in it, and of what is not and why', () => {
    const made = bundle({ totalBytes: 1000, fileBytes: 500 });
    made.add('b.txt', 'second', { content: content('b\n'), keep: 'head' });
    made.add('a.txt', 'first', { content: content('a\n'), keep: 'head' });
    made.miss('nodes/a/flows.txt', 'flows', 'node a does not answer');
    const { files, index } = made.finish(new Date(0));
    expect(files.map(({ path }) => path)).toEqual(['INDEX.md', 'index.json', 'a.txt', 'b.txt']);
    expect(index).toEqual({
      takenAt: '1970-01-01T00:00:00.000Z',
      bytes: 4,
      entries: [
        { path: 'a.txt', what: 'first', bytes: 2 },
        { path: 'b.txt', what: 'second', bytes: 2 },
      ],
      missing: [{ path: 'nodes/a/flows.txt', what: 'flows', bytes: 0, note: 'node a does not answer' }],
    });
    expect(files[0]?.content.toString()).toContain('| nodes/a/flows.txt | flows | 0 | node a does not answer |');
  });

  it('keeps whole lines of the beginning or the end of what is too long, and all or nothing of what is no text', () => {
    const made = bundle({ totalBytes: 20, fileBytes: 7 });
    for (const which of ['head', 'tail', 'whole'] as const) made.add(which, which, { content: content('one\ntwo\nthree\n'), keep: which });
    const { files, index } = made.finish(new Date(0));
    expect(files.slice(2).map(({ path, content: kept }) => [path, kept.toString()])).toEqual([
      ['head', 'one\n'],
      ['tail', 'three\n'].map((text) => text),
    ]);
    expect(index.entries.map(({ note }) => note)).toEqual(['the first 4 of 14 bytes', 'the last 6 of 14 bytes']);
    expect(index.missing).toEqual([{ path: 'whole', what: 'whole', bytes: 0, note: 'left out: 14 bytes, and there is room for 7' }]);
  });

  it('never grows beyond its bound, whatever is added', () => {
    const made = bundle({ totalBytes: 10_000, fileBytes: 3000 });
    for (let i = 0; i < 50; i++)
      made.add(`f${i}`, 'lines', { content: content('line\n'.repeat(i * 40)), keep: i % 2 === 0 ? 'head' : 'tail' });
    const { index } = made.finish(new Date(0));
    expect(index.bytes).toBeLessThanOrEqual(10_000);
    expect(index.entries.length + index.missing.length).toBe(50);
    expect(index.missing.length).toBeGreaterThan(0);
  });

  it('is an archive that tar(1) reads, names of any length and files of any size', () => {
    const long = `${'folder/'.repeat(20)}${'n'.repeat(90)}.txt`;
    const files = [0, 1, 511, 512, 513].map((size, i) => ({ path: i === 4 ? long : `size-${size}.txt`, content: Buffer.alloc(size, 97) }));
    const archive = tar(files, new Date(1_700_000_000_000));
    const listed = execFileSync('tar', ['-tvf', '-'], { input: archive, encoding: 'utf8' }).trimEnd().split('\n');
    expect(listed.map((line) => [Number(line.split(/\s+/)[2]), line.split(' ').at(-1)])).toEqual(
      files.map(({ path, content: { length } }) => [length, path]),
    );
    expect(execFileSync('tar', ['-xOf', '-', long], { input: archive }).length).toBe(513);
  });
});
