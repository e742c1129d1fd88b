/** Everything that `ko why` looks at, as it is now. */
import { type KubeObject, type Resource, resources } from '@kube-ovn/api';
import { type KubeClient, KubeError } from '@kube-ovn/kube';
import type { ClusterObjects } from '@kube-ovn/policy';
import { numberIn, referenceIn, rowsOf, textIn, truthIn } from '../ovn/rows.ts';
import type { Cluster, DatabaseMember } from '../site/cluster.ts';
import { capture } from '../site/place.ts';
import type { OvnWorld, SeenChassis, SeenPort, World } from '@kube-ovn/insight';

/** How long chassis have to say that they are up to date, in seconds. */
const SYNC_SECONDS = 10;

/** @throws {KubeError} when the API server can not be asked */
export async function readWorld(cluster: Cluster, unseen: (reason: string) => void): Promise<World> {
  const { client } = cluster;
  const list = <T>(resource: Resource<T>): Promise<readonly T[]> => listIfServed(client, resource);
  const [kubernetes, ovn] = await Promise.all([
    Promise.all([
      list(resources.pod),
      list(resources.node),
      list(resources.service),
      list(resources.endpointSlice),
      list(resources.subnet),
      list(resources.vpc),
      list(resources.event),
      list(resources.namespace),
      list(resources.ip),
      list(resources.vip),
      list(resources.switchLbRule),
    ]),
    readOvn(cluster).catch((error: unknown) => {
      unseen(`OVN could not be asked: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }),
  ]);
  const [pods, nodes, services, slices, subnets, vpcs, events, namespaces, ips, vips, switchLbRules] = kubernetes;
  const [networkPolicies, adminNetworkPolicies, baselineAdminNetworkPolicies, clusterNetworkPolicies, securityGroups] = await Promise.all([
    list(resources.networkPolicy),
    list(resources.adminNetworkPolicy),
    list(resources.baselineAdminNetworkPolicy),
    list(resources.clusterNetworkPolicy),
    list(resources.securityGroup),
  ]);
  const policies = {
    namespaces,
    pods,
    nodes,
    networkPolicies,
    adminNetworkPolicies,
    baselineAdminNetworkPolicies,
    clusterNetworkPolicies,
    securityGroups,
    subnets,
  } as unknown as ClusterObjects;
  return {
    pods,
    nodes,
    services,
    slices,
    subnets,
    vpcs,
    events,
    ips,
    vips,
    switchLbRules,
    policies,
    ...(ovn === undefined ? {} : { ovn }),
  };
}

/** None where the resource is not installed. */
async function listIfServed<T>(client: KubeClient, resource: Resource<T>): Promise<readonly T[]> {
  try {
    return (await client.list<T & KubeObject>(resource as Resource<T & KubeObject>)).items;
  } catch (error) {
    if (error instanceof KubeError && error.code === 'KUBE_NOT_FOUND') return [];
    throw error;
  }
}

/** Who has taken which port, and how far all have come. @throws {KoError} when a database can not be asked */
export async function readOvn(cluster: Cluster): Promise<OvnWorld> {
  const [northbound, southbound] = await Promise.all([cluster.leader('nb'), cluster.leader('sb')]);
  const progressOfOvn = (): ReturnType<typeof rowsOf> =>
    rowsOf(northbound, { kind: 'nb', table: 'NB_Global', columns: ['nb_cfg', 'sb_cfg'] });
  const [before] = await progressOfOvn();
  await sync(northbound);
  const [[global], bindings, chassis, progress] = await Promise.all([
    progressOfOvn(),
    rowsOf(southbound, { kind: 'sb', table: 'Port_Binding', columns: ['logical_port', 'chassis', 'up'] }),
    rowsOf(southbound, { kind: 'sb', table: 'Chassis', columns: ['_uuid', 'name', 'hostname'] }),
    rowsOf(southbound, { kind: 'sb', table: 'Chassis_Private', columns: ['name', 'nb_cfg'] }),
  ]);
  // what this very request has counted up to; others count on meanwhile, and nobody has waited for theirs
  const wanted = numberIn(before?.['nb_cfg']) + 1;
  const done = Math.min(wanted, numberIn(global?.['sb_cfg']));
  const nodeByUuid = new Map(chassis.map((row) => [referenceIn(row['_uuid']), textIn(row['hostname'])]));
  const taken = new Map(progress.map((row) => [textIn(row['name']), numberIn(row['nb_cfg'])]));
  const seen = (row: (typeof bindings)[number]): SeenPort => {
    const node = nodeByUuid.get(referenceIn(row['chassis']) ?? '');
    return { isUp: truthIn(row['up']), ...(node === undefined ? {} : { node }) };
  };
  return {
    ports: new Map(bindings.map((row) => [textIn(row['logical_port']), seen(row)])),
    chassis: new Map(
      chassis.map((row): readonly [string, SeenChassis] => [
        textIn(row['hostname']),
        // what northd has not passed on, a chassis can not have
        { behind: Math.max(0, done - (taken.get(textIn(row['name'])) ?? 0)) },
      ]),
    ),
    northdBehind: Math.max(0, wanted - done),
  };
}

/**
 * Ask ovn-northd and every chassis to say how far they are.
 *
 * It changes nothing but the counter by which they say it. Not all may answer in time: who has not is told by the counters.
 * @source ovn-nbctl(8) sync, --wait=hv; NB_Global.nb_cfg
 */
async function sync({ place, remote }: DatabaseMember): Promise<void> {
  await capture(place, ['ovn-nbctl', `--db=${remote}`, `--timeout=${SYNC_SECONDS}`, '--wait=hv', 'sync']).catch(() => undefined);
}
