import { describe, expect, it } from 'vitest';
import { layoutOf } from '../infra/layout.ts';
import { parseKubeletConfig } from '../kubelet/config.ts';
import { parseNetworkConfig } from '../kubelet/cni/conflist.ts';
import { clusterRange, conflist, kubelet } from './programs.ts';

const layout = layoutOf({ name: 'ko', nodes: 1, raft: false, families: 'dual' });
const [node] = layout.nodeList;

describe('programs', () => {
  it('ranges follow the families', () => {
    expect(clusterRange(layout, 'pods')).toBe('10.16.0.0/16,fd00:10:16::/112');
    expect(clusterRange({ ...layout, families: 'ipv6' }, 'join')).toBe('fd00:100:64::/112');
  });

  it('the kubelet understands its command line', () => {
    const { argv } = kubelet(layout, node!, { kubeconfig: '/k', binDirs: ['/mine'] });
    expect(parseKubeletConfig(argv.slice(argv.findIndex((word) => word.endsWith('main.ts')) + 1))).toMatchObject({
      node: 'node1',
      kubeconfig: '/k',
      addresses: ['10.254.0.1', 'fd00:10:254::1'],
      namespacePrefix: 'ko-p-',
      clusterDns: ['10.96.0.10', 'fd00:10:96::a'],
    });
    expect(() => parseKubeletConfig([])).toThrow('--node is missing');
    expect(() => parseKubeletConfig(['--what'])).toThrow('--what');
  });

  it("the node's CNI configuration is one", () => {
    expect(parseNetworkConfig(conflist(node!), 'x')).toMatchObject({
      cniVersion: '1.1.0',
      plugins: [{ type: 'kube-ovn', server_socket: node!.daemonSocket }],
    });
  });
});
