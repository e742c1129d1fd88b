import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { PodObject } from '../pod/types.ts';
import { hostsFile, resolvConf } from './host-files.ts';
import { commandLineOf, imageName } from './image.ts';
import { LogFile } from './log-file.ts';
import { readLog, selectLines } from './log-reader.ts';

describe('images', () => {
  it.each([
    ['busybox', 'busybox'],
    ['busybox:1.36', 'busybox'],
    ['registry.k8s.io/e2e-test-images/agnhost:2.47', 'agnhost'],
    ['localhost:5000/pause@sha256:ab', 'pause'],
  ])('%s is %s', (reference, name) => expect(imageName(reference)).toBe(name));

  it('a command replaces the entrypoint, arguments replace the arguments', () => {
    expect(commandLineOf('busybox', ['sleep'], ['5'])).toEqual(['sleep', '5']);
    expect(commandLineOf('busybox', [], ['echo', 'x'])).toEqual(['echo', 'x']);
    expect(commandLineOf('agnhost', [], ['netexec'])?.at(-1)).toBe('netexec');
    expect(commandLineOf('agnhost', [], [])?.at(-1)).toBe('pause');
    expect(commandLineOf('nginx', [], [])).toBeUndefined();
    expect(commandLineOf('nginx', ['sleep', '5'], [])).toEqual(['sleep', '5']);
  });
});

describe('files of a pod', () => {
  const pod: PodObject = {
    metadata: { name: 'db-0', namespace: 'pay', uid: 'u' },
    spec: { hostname: 'db-0', subdomain: 'db', containers: [], hostAliases: [{ ip: '192.0.2.9', hostnames: ['old', 'older'] }] },
  };

  it('hosts', () => {
    expect(hostsFile(pod, ['10.0.0.2', 'fd00::2'], 'cluster.local').split('\n').slice(3)).toEqual([
      '10.0.0.2\tdb-0.db.pay.svc.cluster.local\tdb-0',
      'fd00::2\tdb-0.db.pay.svc.cluster.local\tdb-0',
      '192.0.2.9\told\tolder',
      '',
    ]);
  });

  it('resolv.conf follows dnsPolicy and dnsConfig', () => {
    const settings = { clusterDns: ['10.96.0.10'], clusterDomain: 'cluster.local' };
    expect(resolvConf(pod, settings)).toBe(
      'nameserver 10.96.0.10\nsearch pay.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n',
    );
    expect(
      resolvConf(
        {
          ...pod,
          spec: { ...pod.spec, dnsPolicy: 'None', dnsConfig: { nameservers: ['192.0.2.1'], options: [{ name: 'timeout', value: '1' }] } },
        },
        settings,
      ),
    ).toBe('nameserver 192.0.2.1\noptions timeout:1\n');
  });
});

describe('logs', () => {
  const line = (second: number, text: string, tag = 'F') => `2026-01-01T00:00:0${second}.000Z stdout ${tag} ${text}\n`;
  const log = line(1, 'one') + line(2, 'two and more') + line(3, 'th', 'P') + line(3, 'ree');

  it.each([
    ['all, parts put together', {}, 'one\ntwo and more\nthree\n'],
    ['the last', { tailLines: 1 }, 'ree\n'],
    ['none', { tailLines: 0 }, ''],
    ['with times', { timestamps: true, tailLines: 1 }, '2026-01-01T00:00:03.000Z ree\n'],
    ['since', { sinceMs: Date.parse('2026-01-01T00:00:02Z') }, 'two and more\nthree\n'],
    ['at most some bytes', { limitBytes: 5 }, 'one\nt'],
  ])('%s', (_, options, wanted) => expect(selectLines(log, options)).toBe(wanted));

  it('what is written is read again, and following ends with the run', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'lab-log-'));
    const path = join(dir, 'c', '0.log');
    const file = new LogFile(path, () => new Date(0));
    const stream = Readable.from(['first\nsec', 'ond\nrest without an end']);
    file.follow('stdout', stream);
    await new Promise((resolve) => stream.once('close', resolve));
    file.close();
    let isOver = false;
    const seen: string[] = [];
    for await (const text of readLog(path, { follow: true }, { isOver: () => isOver, signal: new AbortController().signal })) {
      seen.push(text);
      if (seen.length === 1) appendFileSync(path, '1970-01-01T00:00:00.000Z stdout F later\n');
      else isOver = true;
    }
    expect(seen.join('')).toBe('first\nsecond\nrest without an end\nlater\n');
    rmSync(dir, { recursive: true });
  });

  it('a follower that leaves is let go', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'lab-log-'));
    const path = join(dir, 'x.log');
    writeFileSync(path, line(1, 'one'));
    const leaving = new AbortController();
    const seen: string[] = [];
    for await (const text of readLog(path, { follow: true }, { isOver: () => false, signal: leaving.signal })) {
      seen.push(text);
      leaving.abort();
    }
    expect(seen).toEqual(['one\n']);
    rmSync(dir, { recursive: true });
  });
});
