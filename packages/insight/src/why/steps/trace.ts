/** What OVN's own rules do with such a packet, and whose they are: what no policy explains. Pure. */
import type { Dropped, Origin, Unresolved } from '../evidence.ts';
import { type Culprit, doubtful, passed, type Step, stopped } from '../answer.ts';
import { isIn } from '../blocks.ts';
import { type Connection, connectionKey } from '../connections.ts';
import type { World } from '../world.ts';

export function traceSteps(connection: Connection, world: World): readonly Step[] {
  const traced = world.evidence?.traces.get(connectionKey(connection));
  if (traced === undefined) return [];
  if (traced.unresolved !== undefined) return unresolvedSteps(traced.unresolved, connection, world);
  if (traced.delivered.length > 0) return [passed('OVN', `its rules let it through to ${traced.delivered.join(' and ')}`)];
  return traced.dropped === undefined ? [] : [dropStep(traced.dropped, connection)];
}

function dropStep(dropped: Dropped, { from, to, family }: Connection): Step {
  const { origin, stage, datapath, isReject, match } = dropped;
  const verb = isReject ? 'refuses' : 'drops';
  const isTowards = stage.startsWith('ls_out');
  const whom = isTowards ? `what ${to.object} gets` : `what ${from.object} sends`;
  if (origin !== undefined && origin.key === undefined) return foreign(origin, `${verb} ${whom}`, datapath);
  if (origin?.table === 'ACL' && origin.key?.includes('/acl/') === true)
    return stopped({
      code: 'SUBNET_ACL_DROPS',
      object: `Subnet ${origin.subnet ?? datapath}`,
      message: `${verb} ${whom} by a rule of its spec.acls: ${origin.text}`,
      fix: 'take the rule out of spec.acls, narrow its match, or put one that allows before it, with a larger priority',
    });
  if (origin?.table === 'Logical_Router_Policy')
    return stopped({
      code: 'VPC_POLICY_ROUTE_DROPS',
      object: `Vpc ${datapath}`,
      message: `${verb} it by its spec.policyRoutes: ${origin.text}`,
      fix: 'take the rule out of spec.policyRoutes, or put one with a larger priority and action allow before it',
    });
  if (stage === 'lr_in_ip_routing')
    return stopped({
      code: 'NO_WAY_OUT',
      object: `Vpc ${datapath}`,
      message: `has no route to ${to.addresses[family] ?? to.object}`,
      fix: 'add one to spec.staticRoutes',
    });
  return stopped({
    code: 'OVN_DROPS',
    object: datapath,
    message: `${verb} ${whom} in ${stage}: ${origin?.key ?? match}`,
    fix: `ko trace shows the whole way; ko check says whether OVN is as Kubernetes wants it`,
  });
}

function foreign({ table, text }: Origin, does: string, datapath: string): Step {
  return stopped({
    code: 'FOREIGN_RULE_DROPS',
    object: `${table} on ${datapath}`,
    message: `${does}, and is of nobody in Kubernetes: somebody has written it into OVN: ${text}`,
    fix: `ko nbctl ${table === 'ACL' ? `acl-list ${datapath}` : `lr-policy-list ${datapath}`} shows it; delete it there`,
  });
}

function unresolvedSteps(
  { nextHop, origin, datapath }: Unresolved,
  connection: Connection,
  { subnets, ips, vips }: World,
): readonly Step[] {
  if (origin === undefined) return [];
  const field = origin.table === 'Logical_Router_Policy' ? 'spec.policyRoutes' : 'spec.staticRoutes';
  const subnet = subnets.find(({ spec }) => (spec.vlan ?? '') === '' && isIn((spec.cidrBlock ?? '').split(','), nextHop));
  const isHeld =
    ips.some(({ spec }) => spec.v4IpAddress === nextHop || spec.v6IpAddress === nextHop) ||
    vips.some(({ status, spec }) => [status?.v4ip, status?.v6ip, spec.v4ip, spec.v6ip].includes(nextHop));
  const culprit: Culprit = {
    code: 'NEXT_HOP_SILENT',
    object: `Vpc ${datapath}`,
    message:
      subnet === undefined || isHeld
        ? `sends it to ${nextHop} by its ${field} (${origin.text}), and that has not answered OVN yet`
        : `sends it to ${nextHop} by its ${field} (${origin.text}), and nobody in Subnet ${subnet.metadata.name} has that address`,
    fix: `name a next hop that is there and forwards ${connection.to.addresses[connection.family] ?? ''}`.trim(),
  };
  return [subnet === undefined || isHeld ? doubtful(culprit) : stopped(culprit)];
}
