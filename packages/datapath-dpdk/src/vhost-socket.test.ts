import { describe, expect, it } from 'vitest';
import { vhostPortName, vhostSocket } from './vhost-socket.ts';

const uid = '0b0d3d0a-6b1f-4f5c-9a58-93a1b1f2c3d4';
const directory = '/var/run/openvswitch/vhost_sockets';

describe('sockets of pods', () => {
  it('the path is the one of Kube-OVN where it fits', () => {
    expect(vhostSocket({ directory, uid, volume: 'vhostuser-sockets', socket: 'net1' })).toEqual({
      directory: `${directory}/${uid}/vhostuser-sockets`,
      path: `${directory}/${uid}/vhostuser-sockets/net1`,
    });
  });

  it.each([30, 31, 63])('a volume of %i letters: at most 107 bytes, and the name that the pod gave', (length) => {
    const found = vhostSocket({ directory, uid, volume: 'v'.repeat(length), socket: 'net1' });
    expect(found?.path.length).toBeLessThanOrEqual(107);
    expect(found?.path).toMatch(/\/net1$/);
    expect(found?.path.includes(uid)).toBe(length === 30);
  });

  it('long names stay apart', () => {
    const paths = ['a', 'b'].map((last) => vhostSocket({ directory, uid, volume: 'v'.repeat(62) + last, socket: 's' })?.path);
    expect(new Set(paths).size).toBe(2);
  });

  it('the longest path that fits is given, one byte more is none', () => {
    const room = 107 - directory.length - 16 - 2;
    expect(vhostSocket({ directory, uid, volume: 'v', socket: 's'.repeat(room) })?.path).toHaveLength(107);
    expect(vhostSocket({ directory, uid, volume: 'v', socket: 's'.repeat(room + 1) })).toBeUndefined();
  });

  it('names of ports are as long as Linux allows, and differ with every part', () => {
    const base = { uid, volume: 'v', socket: 's' };
    const names = [base, { ...base, uid: 'x' }, { ...base, volume: 'x' }, { ...base, socket: 'x' }].map(vhostPortName);
    expect(new Set(names).size).toBe(4);
    expect(names.every((name) => /^vhu[0-9a-f]{12}$/.test(name))).toBe(true);
  });
});
