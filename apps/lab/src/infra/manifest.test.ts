import { mkdtempSync, rmSync, appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { latestProcesses, parseManifest, readManifest, record, type ManifestEntry } from './manifest.ts';

describe('manifest', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'lab-manifest-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const entries: readonly ManifestEntry[] = [
    { kind: 'supervisor', pid: 7, startTicks: '70' },
    { kind: 'process', id: 'nb', pid: 8, startTicks: '80', argv: ['ovsdb-server'] },
    { kind: 'process', id: 'nb', pid: 9, startTicks: '90', argv: ['ovsdb-server'] },
  ];

  it('gives back what was recorded, in order', () => {
    const file = join(dir, 'manifest');
    for (const entry of entries) record(file, entry);
    expect(readManifest(file)).toEqual(entries);
  });

  it('reads what was written before a line was cut short by a crash', () => {
    const file = join(dir, 'manifest');
    for (const entry of entries) record(file, entry);
    appendFileSync(file, '{"kind":"proce');
    expect(readManifest(file)).toEqual(entries);
  });

  it('is empty when there is none', () => expect(readManifest(join(dir, 'absent'))).toEqual([]));

  it('knows the newest process of an id', () => {
    const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
    expect(latestProcesses(parseManifest(text)).get('nb')?.pid).toBe(9);
  });
});
