/** Real mounts, in a folder of the test's own. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isFolderBound, mountsBelow } from '@kube-ovn/host';
import { releaseVolume, shareVolume, sweepVolumes } from './volumes.ts';

let root: string;
let base: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'volumes-'));
  base = join(root, 'sockets');
  mkdirSync(join(root, 'pods', 'u1', 'a'), { recursive: true });
  mkdirSync(join(root, 'pods', 'u1', 'b'));
});
afterEach(() => {
  sweepVolumes(base, new Set());
  rmSync(root, { recursive: true });
});

const volume = (name: string, folder = join('u1', name)) => ({
  volume: name,
  source: join(root, 'pods', 'u1', name),
  directory: join(base, folder),
  path: join(base, folder, 'sock'),
});

describe('volumes of pods', () => {
  test('what the pod makes is seen at the other place; shared twice it is mounted once', () => {
    const a = volume('a');
    shareVolume(a, 'pod shop/web');
    shareVolume(a, 'pod shop/web');
    writeFileSync(join(a.source, 'sock'), '');
    expect(existsSync(a.path)).toBe(true);
    expect(mountsBelow(base)).toEqual([a.directory]);
    releaseVolume(a);
    expect(isFolderBound(a.source, a.directory)).toBe(false);
    expect(readdirSync(a.source)).toEqual(['sock']);
    expect(existsSync(join(base, 'u1'))).toBe(false);
    expect(() => releaseVolume(a)).not.toThrow();
  });

  test('a volume that the pod has not is refused with those that it has, and nothing is left', () => {
    let failure: unknown;
    try {
      shareVolume(volume('c'), 'pod shop/web');
    } catch (error) {
      failure = error;
    }
    expect(failure).toMatchObject({
      code: 7,
      message: 'pod shop/web: vhost_user_socket_volume_name "c" is no emptyDir volume of the pod',
      details: expect.stringContaining('it has a, b;'),
    });
    expect(existsSync(join(base, 'u1'))).toBe(false);
  });

  test('a sweep releases what is nobody’s, keeps the rest, and deletes nothing of anybody', () => {
    const [a, b] = [volume('a'), volume('b', '0123456789abcdef')];
    shareVolume(a, 'pod');
    shareVolume(b, 'pod');
    writeFileSync(join(b.source, 'sock'), '');
    mkdirSync(join(base, 'crashed', 'before-mount'), { recursive: true });
    mkdirSync(join(base, 'foreign', 'x', 'y'), { recursive: true });
    expect(sweepVolumes(base, new Set([a.directory, b.directory]))).toEqual([]);
    expect(mountsBelow(base).toSorted()).toEqual([b.directory, a.directory]);
    expect(readdirSync(base).toSorted()).toEqual(['0123456789abcdef', 'foreign', 'u1']);
    expect(sweepVolumes(base, new Set([a.directory]))).toEqual(['sockets/0123456789abcdef']);
    expect(mountsBelow(base)).toEqual([a.directory]);
    expect(readdirSync(b.source)).toEqual(['sock']);
    expect(readdirSync(base).toSorted()).toEqual(['foreign', 'u1']);
  });
});
