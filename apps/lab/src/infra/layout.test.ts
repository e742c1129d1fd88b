import { describe, expect, it } from 'vitest';
import { centralRemotes, isNamespaceOf, layoutOf, nodeAddresses, outsideAddresses, southboundRemote, type LabShape } from './layout.ts';

const shape: LabShape = { name: 'ko', nodes: 3, raft: false, families: 'ipv4' };

describe('layoutOf', () => {
  it('refuses a name that could be mistaken for another lab or is too long, naming it', () => {
    for (const name of ['', 'Ko', 'ko-1', '1ko', 'abcdefghi', 'ko/..']) {
      expect(() => layoutOf({ ...shape, name })).toThrow(`--name ${JSON.stringify(name)}`);
    }
  });

  it('refuses a number of nodes outside 1 to 9', () => {
    for (const nodes of [0, 10, 1.5, Number.NaN]) expect(() => layoutOf({ ...shape, nodes })).toThrow('--nodes');
  });

  it('gives no two nodes the same name, address, namespace or folder', () => {
    const { nodeList } = layoutOf({ ...shape, nodes: 9 });
    for (const field of [
      'name',
      'namespace',
      'dir',
      'underlayAddress',
      'underlayAddress6',
      'managementAddress',
      'uplinkMac',
      'physicalAddress',
    ] as const) {
      expect(new Set(nodeList.map((node) => node[field])).size).toBe(9);
    }
  });

  it('keeps unix socket paths under the 108 bytes of sun_path (unix(7))', () => {
    const layout = layoutOf({ ...shape, name: 'abcdefgh', nodes: 9 });
    for (const node of layout.nodeList)
      for (const path of [node.ovsSocket, node.daemonSocket, node.kubeletSocket]) expect(path.length).toBeLessThan(108);
  });

  it.each([
    ['ipv4', ['10.254.0.1'], ['203.0.113.10']],
    ['ipv6', ['fd00:10:254::1'], ['2001:db8:113::10']],
    ['dual', ['10.254.0.1', 'fd00:10:254::1'], ['203.0.113.10', '2001:db8:113::10']],
  ] as const)('%s: nodes and the outside have addresses of these families', (families, node, outside) => {
    const layout = layoutOf({ ...shape, families });
    expect(nodeAddresses(layout, layout.nodeList[0]!)).toEqual(node);
    expect(outsideAddresses(layout)).toEqual(outside);
  });

  it('names every member of a RAFT database and one standalone server', () => {
    expect(centralRemotes(layoutOf(shape), 'nb')).toEqual(['unix:/run/kube-ovn-lab/ko/central/nb.sock']);
    expect(centralRemotes(layoutOf({ ...shape, raft: true }), 'sb')).toHaveLength(3);
    expect(southboundRemote(layoutOf({ ...shape, raft: true }))).toBe('tcp:10.255.0.101:6642,tcp:10.255.0.102:6642,tcp:10.255.0.103:6642');
  });
});

describe('isNamespaceOf', () => {
  it.each(['ko-c', 'ko-ul', 'ko-out', 'ko-v0', 'ko-v20', 'ko-n1', 'ko-p-0a1b2c'])('%s is of lab ko', (name) =>
    expect(isNamespaceOf('ko', name)).toBe(true),
  );
  it.each(['ko', 'ko-', 'ko-x', 'ko-n10', 'ko2-c', 'k-o-c', 'ko-p-', 'ko-v', 'ko-v1x', 'ko-p-../x'])('%s is not of lab ko', (name) =>
    expect(isNamespaceOf('ko', name)).toBe(false),
  );
});
