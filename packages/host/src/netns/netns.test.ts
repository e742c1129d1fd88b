import { existsSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scratch } from '../testing/scratch.ts';
import { createNetns, deleteNetns } from './named.ts';
import { inNetns, openNetns } from './netns.ts';

const own = () => readlinkSync('/proc/thread-self/ns/net');

describe('network namespaces', () => {
  test('inNetns: the work sees the other namespace, and the thread is back afterwards', () => {
    using made = scratch();
    const home = own();
    const a = made.netns('a');
    const b = made.netns('b');
    const seen = inNetns(a, () => [own(), inNetns(b, own), own()]);
    expect(seen).toEqual([`net:[${a.inode}]`, `net:[${b.inode}]`, `net:[${a.inode}]`]);
    expect(own()).toBe(home);
  });

  test('inNetns: the thread is back after a throw', () => {
    using made = scratch();
    const home = own();
    expect(() =>
      inNetns(made.netns('a'), () => {
        throw new Error('inside');
      }),
    ).toThrow('inside');
    expect(own()).toBe(home);
  });

  test('inNetns: asynchronous work is refused', () => {
    using made = scratch();
    expect(() => inNetns(made.netns('a'), () => Promise.resolve())).toThrow('synchronous work only');
  });

  test('createNetns: a second one at the same path is refused and the first stays', () => {
    using made = scratch();
    const ns = made.netns('a');
    expect(() => createNetns(ns.path)).toThrow(expect.objectContaining({ code: 'HOST_EXISTS' }));
    using again = openNetns(ns.path);
    expect(again.inode).toBe(ns.inode);
  });

  test('deleteNetns: removes path and namespace; a second time answers false', () => {
    using made = scratch();
    const { path } = made.netns('a');
    expect(deleteNetns(path)).toBe(true);
    expect(existsSync(path)).toBe(false);
    expect(deleteNetns(path)).toBe(false);
  });

  test('openNetns: a missing path and a plain file have different codes', () => {
    const directory = mkdtempSync(join(tmpdir(), 'ko-host-'));
    const plain = join(directory, 'plain');
    writeFileSync(plain, '');
    expect(() => openNetns(join(directory, 'absent'))).toThrow(expect.objectContaining({ code: 'HOST_NOT_FOUND' }));
    expect(() => openNetns(plain)).toThrow(expect.objectContaining({ code: 'HOST_INVALID' }));
    expect(deleteNetns(plain), 'the file that a crash between create and mount leaves').toBe(true);
    rmSync(directory, { recursive: true });
  });
});
