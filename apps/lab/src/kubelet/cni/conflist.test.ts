import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadDefaultNetwork, loadNetworkNamed, parseNetworkConfig } from './conflist.ts';

const list = (fields: Record<string, unknown>) =>
  JSON.stringify({ cniVersion: '1.0.0', name: 'net', plugins: [{ type: 'bridge' }], ...fields });

describe('parseNetworkConfig', () => {
  it('takes a list, and wraps a single plugin into one', () => {
    expect(parseNetworkConfig(list({}), 'x')).toMatchObject({ cniVersion: '1.0.0', name: 'net', plugins: [{ type: 'bridge' }] });
    expect(
      parseNetworkConfig(JSON.stringify({ cniVersion: '0.4.0', name: 'one', type: 'macvlan', master: 'eth1' }), 'x').plugins,
    ).toMatchObject([{ type: 'macvlan', master: 'eth1' }]);
  });

  it('takes the newest version that both sides have', () => {
    expect(parseNetworkConfig(list({ cniVersion: '0.4.0', cniVersions: ['1.1.0', '9.0.0'] }), 'x').cniVersion).toBe('1.1.0');
  });

  it.each([
    ['{', /x: not JSON/],
    ['[]', /x: want a JSON object/],
    [list({ name: '../up' }), /name "..\/up"/],
    [list({ name: undefined }), /name undefined/],
    [list({ plugins: [] }), /at least one plugin/],
    [list({ plugins: [{ type: '/bin/sh' }] }), /plugins\[0\].type "\/bin\/sh"/],
    [list({ plugins: [{}] }), /plugins\[0\].type undefined/],
    [list({ cniVersion: '7.0.0' }), /cniVersion 7.0.0: want one of 1.1.0/],
  ])('%s is refused', (text, message) => expect(() => parseNetworkConfig(text, 'x')).toThrow(message));
});

describe('folders', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'lab-cni-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('an absent or empty folder has no network', () => {
    expect(loadDefaultNetwork(join(dir, 'absent'))).toBeUndefined();
    expect(loadDefaultNetwork(dir)).toBeUndefined();
  });

  it('the first file by name counts, and another can be had by its network name', () => {
    writeFileSync(join(dir, '20-b.conflist'), list({ name: 'b' }));
    writeFileSync(join(dir, '10-a.conf'), JSON.stringify({ cniVersion: '1.0.0', name: 'a', type: 'ptp' }));
    writeFileSync(join(dir, '00-readme.txt'), 'no');
    expect(loadDefaultNetwork(dir)?.name).toBe('a');
    expect(loadNetworkNamed(dir, 'b')?.name).toBe('b');
    expect(loadNetworkNamed(dir, 'c')).toBeUndefined();
  });
});
