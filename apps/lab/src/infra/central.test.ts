import { describe, expect, it } from 'vitest';
import { databaseServers } from './central.ts';
import { layoutOf } from './layout.ts';

describe('databaseServers', () => {
  it('standalone: one server a database, each on its client port', () => {
    const servers = databaseServers(layoutOf({ name: 'ko', nodes: 1, raft: false, families: 'ipv4' }));
    expect(servers.map(({ process }) => process.id)).toEqual(['central-nb', 'central-sb']);
    expect(servers[0]?.process.argv).toContain('--remote=ptcp:6641:10.255.0.100');
    expect(servers[1]?.create.slice(0, 2)).toEqual(['ovsdb-tool', 'create']);
  });

  it('RAFT: the first member founds the cluster, the others join it by its address', () => {
    const servers = databaseServers(layoutOf({ name: 'ko', nodes: 1, raft: true, families: 'ipv4' }));
    expect(servers).toHaveLength(6);
    expect(servers[0]?.create).toEqual([
      'ovsdb-tool',
      'create-cluster',
      '/run/kube-ovn-lab/ko/central/nb1.db',
      '/usr/share/ovn/ovn-nb.ovsschema',
      'tcp:10.255.0.101:6643',
    ]);
    expect(servers[2]?.create.slice(-2)).toEqual(['tcp:10.255.0.103:6643', 'tcp:10.255.0.101:6643']);
    expect(servers[5]?.process.argv).toContain('--remote=ptcp:6642:10.255.0.103');
  });
});
