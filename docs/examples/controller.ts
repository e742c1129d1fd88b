// A controller of your own: an Address_Set in OVN for each zone, with the addresses of its Nodes.
// node controller.ts KUBECONFIG REMOTE
import { type Node, resources } from '@kube-ovn/api';
import { deriveTable, observe, watchCell } from '@kube-ovn/dataflow';
import { informer, kubeClient } from '@kube-ovn/kube';
import { groupName, tables } from '@kube-ovn/ovn-model';
import { type Fragment, namedIdentity, selectionOf, synchronize } from '@kube-ovn/ovsdb';
import { openDatabase, systemClock } from '@kube-ovn/ovsdb/node';

const [kubeconfig = '', remote = ''] = process.argv.slice(2);

// Sources: Nodes as a table, the database as a replica.
const kube = kubeClient({ kubeconfig });
const nodes = informer(kube, resources.node);
await using northbound = openDatabase({ remotes: [remote], database: 'OVN_Northbound', tables: selectionOf([tables.addressSet]) });

// The formula: what a Node wants to be in OVN. It runs again when that Node changes, and only then.
const fragments = deriveTable('fragments', nodes.table, (_name, node): Fragment | undefined => {
  const zone = node.metadata.labels?.['topology.kubernetes.io/zone'];
  if (zone === undefined) return undefined;
  const key = groupName('zone', zone);
  return {
    // Several Nodes want the same row, and each puts its own addresses into it.
    rows: [{ table: 'Address_Set', key, columns: {} }],
    members: [{ table: 'Address_Set', key, column: 'addresses', set: addressesOf(node) }],
  };
});

function addressesOf({ status }: Node): readonly string[] {
  return (status?.addresses ?? []).flatMap(({ type, address }) => (type === 'InternalIP' ? [address] : []));
}

// The sink: rows with external_ids:vendor=example.org are brought to what the fragments say, with the least operations; no other row is touched.
await using sync = synchronize({
  client: northbound,
  clock: systemClock,
  identities: { Address_Set: namedIdentity({ owner: 'example.org' }) },
  brake: { share: 0.5, minimum: 10 },
});
sync.onReport((owner, problem) => console.error(owner, problem?.message ?? 'is well again'));
using _fragments = observe(fragments, (name, fragment) => {
  sync.want(`node/${name}`, fragment);
  void sync.settled().then(() => console.log('settled', sync.stats.operations));
});
// Nothing is deleted before all Nodes are known.
using _ready = watchCell(nodes.synced, (synced) => sync.setReady(synced));

await new Promise((resolve) => process.once('SIGTERM', resolve));
nodes[Symbol.dispose]();
kube.close();
