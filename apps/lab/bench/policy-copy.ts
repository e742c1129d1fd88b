/** The rows that a policy is in OVN, once more and under other names, so that they can be put in and taken out without a controller. */
import { tables } from '@kube-ovn/ovn-model';
import { named, operationsOn, rowsOf, type Operation, type Replica, type Uuid } from '@kube-ovn/ovsdb';

const { acl, portGroup } = tables;
const PREFIX = 'copy.';

export interface PolicyCopy {
  readonly put: readonly Operation[];
  readonly take: readonly Operation[];
  /** The peer joins the groups that it is in, or leaves them. */
  readonly join: readonly Operation[];
  readonly leave: readonly Operation[];
}

export interface CopyOptions {
  /** Names of port groups that are no policy's. */
  readonly others: ReadonlySet<string>;
  /** The port that joins and leaves the groups of those that are let in. */
  readonly peer: Uuid;
}

/** Copy the port groups of all policies, and their ACLs. */
export function copyOfPolicies(replica: Replica, { others, peer }: CopyOptions): PolicyCopy {
  const acls = new Map([...rowsOf(replica, acl)].map((row) => [row._uuid as string, row]));
  const groups = [...rowsOf(replica, portGroup)].filter(({ name }) => !others.has(name));
  const [aclRows, groupRows] = [operationsOn(acl), operationsOn(portGroup)];
  const put = groups.flatMap(({ name, ports, acls: own }, group) => {
    const copies = own.flatMap((uuid) => acls.get(uuid) ?? []);
    const nameOf = (index: number): string => `acl_${group}_${index}`;
    return [
      ...copies.map(({ direction, priority, match, action }, index) =>
        aclRows.insert({ direction, priority, match: match.replaceAll(/([@$])([a-z])/g, `$1${PREFIX}$2`), action }, nameOf(index)),
      ),
      groupRows.insert({ name: `${PREFIX}${name}`, ports, acls: copies.map((_, index) => named(nameOf(index))) }),
    ];
  });
  const ofPeer = groups.filter(({ ports, acls: own }) => own.length === 0 && ports.includes(peer));
  const mutate = (mutator: 'insert' | 'delete'): readonly Operation[] =>
    ofPeer.map(({ name }) => groupRows.mutate([['name', '==', `${PREFIX}${name}`]], [['ports', mutator, [peer]]]));
  return {
    put,
    take: groups.map(({ name }) => groupRows.delete([['name', '==', `${PREFIX}${name}`]])),
    join: mutate('insert'),
    leave: mutate('delete'),
  };
}
