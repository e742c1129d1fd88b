import type { Pod } from '@kube-ovn/api';
import { describe, expect, test } from 'vitest';
import type { Attachment } from '../attachment/record.ts';
import { annotatedFragment, copyWish } from './annotated.formula.ts';

const attachment: Attachment = {
  containerId: 'c1',
  ifName: 'eth0',
  network: 'kube-ovn',
  namespace: 'shop',
  pod: 'web',
  podUid: 'u1',
  netns: '/run/netns/web',
  provider: 'ovn',
  port: 'web.shop',
  hostLink: 'c1_h',
  mac: '00:00:00:00:00:01',
  answer: { ips: [] },
};
const allocated = (provider: string, mirror: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries({
      allocated: 'true',
      ip_address: '10.16.0.2',
      mac_address: '00:00:00:00:00:01',
      cidr: '10.16.0.0/16',
      logical_switch: 's',
      mirror,
    }).map(([key, value]) => [`${provider}.kubernetes.io/${key}`, value]),
  );
const pod = (annotations: Readonly<Record<string, string>>, uid = 'u1'): Pod => ({
  metadata: { name: 'web', namespace: 'shop', uid, annotations },
});

describe('copyWish', () => {
  test('an interface is copied when its own annotation says so', () => {
    const two = pod({ ...allocated('ovn', 'false'), ...allocated('side.shop.ovn', 'true') });
    expect(copyWish(attachment, two)).toEqual({ isCopied: false });
    expect(copyWish({ ...attachment, provider: 'side.shop.ovn', ifName: 'net1' }, two)).toEqual({ isCopied: true });
  });

  test.each([
    ['a pod that is not known', undefined],
    ['a successor of the same name', pod(allocated('ovn', 'true'), 'u2')],
    ['a pod without addresses yet', pod({ 'ovn.kubernetes.io/mirror': 'true' })],
  ])('%s asks for nothing', (_name, of) => {
    expect(copyWish(attachment, of)).toEqual({ isCopied: false });
  });

  test('what can not be read is named with its way out', () => {
    const { isCopied, problem } = copyWish(attachment, pod(allocated('ovn', 'maybe')));
    expect(isCopied).toBe(false);
    expect(problem?.message).toMatch(/^Pod shop\/web: metadata\.annotations\[ovn\.kubernetes\.io\/mirror\] is "maybe": must be /);
  });
});

describe('annotatedFragment', () => {
  const mirrors = (copied: 'all' | readonly string[]) =>
    annotatedFragment('mirror0', copied).rows.filter(({ table }) => table === 'Mirror');

  test('nothing to copy leaves nothing there', () => {
    expect(annotatedFragment('mirror0', []).rows).toEqual([]);
  });

  test('one Mirror for all that is copied', () => {
    const ports = [{ ref: { table: 'Port', key: 'a_h' } }, { ref: { table: 'Port', key: 'b_h' } }];
    expect(mirrors(['a_h', 'b_h'])).toMatchObject([
      {
        key: 'm0',
        columns: { select_all: false, select_src_port: ports, select_dst_port: ports },
        parent: { table: 'Bridge', key: 'br-int', column: 'mirrors' },
      },
    ]);
  });

  test('all of br-int needs no list of ports', () => {
    expect(mirrors('all').map(({ columns }) => columns)).toMatchObject([{ select_all: true, select_src_port: [], select_dst_port: [] }]);
  });
});
