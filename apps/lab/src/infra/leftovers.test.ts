import { describe, expect, it } from 'vitest';
import { describeLeftovers, mountsOf } from './leftovers.ts';

const MOUNTINFO = [
  '22 1 0:21 / /proc rw - proc proc rw',
  '81 24 0:4 net:[4026532] /run/netns/ko-n1 rw shared:9 - nsfs nsfs rw',
  '82 24 0:4 net:[4026533] /run/netns/ko2-n1 rw shared:9 - nsfs nsfs rw',
  '83 24 0:4 net:[4026534] /var/run/netns/ko-p-12ab rw shared:9 - nsfs nsfs rw',
  '84 24 0:40 / /run/kube-ovn-lab/ko/n1/pods/x rw - tmpfs tmpfs rw',
  '85 24 0:40 / /run/kube-ovn-lab/ko2/n1 rw - tmpfs tmpfs rw',
  '',
].join('\n');

describe('leftovers', () => {
  it('finds the mounts of this lab and of no other', () => {
    expect(mountsOf({ name: 'ko', dir: '/run/kube-ovn-lab/ko' }, MOUNTINFO)).toEqual([
      '/run/netns/ko-n1',
      '/var/run/netns/ko-p-12ab',
      '/run/kube-ovn-lab/ko/n1/pods/x',
    ]);
  });

  it('describes each leftover on a line of its own', () => {
    const lines = describeLeftovers({
      processes: [{ pid: 5, command: 'sleep 1' }],
      namespaces: ['ko-c'],
      links: [],
      mounts: [],
      files: ['/run/x'],
    });
    expect(lines).toEqual(['process 5 sleep 1', 'namespace ko-c', 'file /run/x']);
  });
});
