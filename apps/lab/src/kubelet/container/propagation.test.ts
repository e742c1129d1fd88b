import { expect, it } from 'vitest';
import { propagationOf } from './propagation.ts';

const proc = '31 29 0:24 / /proc rw,nosuid shared:13 - proc proc rw';

it.each([
  ['a machine', `29 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n${proc}\n`, 'slave'],
  ['a chroot, whose root is a folder', `${proc}\n40 31 0:30 / /run rw - tmpfs tmpfs rw\n`, 'unchanged'],
])('propagationOf: %s', (_name, mountinfo, expected) => {
  expect(propagationOf(mountinfo)).toBe(expected);
});
