/** Is there a way between two places: one Vpc, a link between two, or a gateway to the outside? Pure. */
import { DEFAULT_VPC, isConditionTrue, type Subnet, type Vpc } from '@kube-ovn/api';
import { doubtful, passed, type Step, stopped } from '../answer.ts';
import { isIn } from '../blocks.ts';
import type { Connection } from '../connections.ts';
import type { Party } from '../ends.ts';
import type { World } from '../world.ts';

export function routeSteps(connection: Connection, world: World): readonly Step[] {
  const { from, to, family } = connection;
  const target = to.addresses[family] ?? '';
  if (from.subnet === undefined) return [];
  const isOfNode = from.pod === undefined || from.pod.spec?.hostNetwork === true;
  if (isOfNode && to.pod === undefined) return [passed(from.object, `reaches ${target} by the node’s own routes`)];
  if (to.pod === undefined && to.node === undefined)
    return [freeStep(from, target, world) ?? outsideStep(from, from.subnet, target, world)];
  if (to.vpc === undefined || from.vpc === undefined) return [];
  if (from.vpc === to.vpc) {
    const isSame = from.subnet.metadata.name === to.subnet?.metadata.name;
    return [
      passed(
        isSame ? `Subnet ${from.subnet.metadata.name}` : `Vpc ${from.vpc}`,
        isSame ? 'both are on it' : 'routes between their Subnets',
      ),
    ];
  }
  const there = betweenVpcs(from, { vpc: to.vpc, object: to.object, target }, world);
  return there.culprit === undefined ? [there, ...wayBack(connection, world)] : [there];
}

/** An address of a Subnet that nobody has; nobody answers there. */
function freeStep(from: Party, target: string, { subnets, ips, vips }: World): Step | undefined {
  const subnet = subnets.find(
    ({ spec }) =>
      vpcName(spec.vpc) === from.vpc && (spec.vlan ?? '') === '' && isIn((spec.cidrBlock ?? '').split(',').filter(Boolean), target),
  );
  if (subnet === undefined || (subnet.spec.gateway ?? '').split(',').includes(target)) return undefined;
  const isHeld =
    ips.some(({ spec }) => spec.v4IpAddress === target || spec.v6IpAddress === target) ||
    vips.some(({ spec, status }) => [spec.v4ip, spec.v6ip, status?.v4ip, status?.v6ip].includes(target));
  if (isHeld) return passed(`Subnet ${subnet.metadata.name}`, `has given ${target} away, though to no pod’s first interface`);
  return stopped({
    code: 'ADDRESS_FREE',
    object: `Subnet ${subnet.metadata.name}`,
    message: `has ${target} in its block, and nobody has that address`,
    fix: `ko ip ${target} says who had it; ask for an address that a pod has`,
  });
}

function vpcName(text: string | undefined): string {
  return text === undefined || text === '' ? DEFAULT_VPC : text;
}

/** Answers need a route too. */
function wayBack({ from, to, family }: Connection, { vpcs }: World): readonly Step[] {
  const remote = vpcs.find(({ metadata }) => metadata.name === to.vpc);
  const source = from.addresses[family] ?? '';
  if (routeTo(remote, source) !== undefined) return [];
  return [
    stopped({
      code: 'NO_WAY_BACK',
      object: `Vpc ${to.vpc ?? ''}`,
      message: `has no route to ${source}: answers to ${from.object} do not come back`,
      fix: `add ${source} or its block to spec.staticRoutes of Vpc ${to.vpc ?? ''}, with the other end of the link as nextHopIP`,
    }),
  ];
}

function betweenVpcs(from: Party, to: { readonly vpc: string; readonly object: string; readonly target: string }, { vpcs }: World): Step {
  const own = vpcs.find(({ metadata }) => metadata.name === from.vpc);
  const object = `Vpc ${from.vpc ?? ''}`;
  const link = own?.spec.vpcPeerings?.find(({ remoteVpc }) => remoteVpc === to.vpc);
  const route = routeTo(own, to.target);
  if (link !== undefined && route !== undefined) return passed(object, `goes to Vpc ${to.vpc} by its link, route ${route}`);
  const missing =
    link === undefined
      ? `has no link to Vpc ${to.vpc}, where ${to.object} is`
      : `has a link to Vpc ${to.vpc}, and no route to ${to.target}`;
  const fix =
    link === undefined
      ? `spec.vpcPeerings and spec.staticRoutes on both, or put both into one Vpc`
      : `add ${to.target} or its block to spec.staticRoutes, with the other end of the link as nextHopIP`;
  return stopped({ code: 'OTHER_VPC', object, message: missing, fix });
}

function routeTo(vpc: Vpc | undefined, address: string): string | undefined {
  return vpc?.spec.staticRoutes?.find(({ cidr = '' }) => cidr !== '' && isIn([cidr], address))?.cidr;
}

function outsideStep(from: Party, subnet: Subnet, target: string, { nodes, vpcs }: World): Step {
  const object = `Subnet ${subnet.metadata.name}`;
  const { gatewayType, natOutgoing = false, externalEgressGateway = '', vlan = '', logicalGateway = false } = subnet.spec;
  if (vlan !== '' && !logicalGateway) return passed(object, `is on Vlan ${vlan}: the network’s own gateway takes ${target}`);
  if (from.vpc !== DEFAULT_VPC) return ownVpcOut(from, target, vpcs);
  if (externalEgressGateway !== '') return passed(object, `sends to the outside by ${externalEgressGateway}`);
  const source = natOutgoing ? 'behind the address of the node' : 'with the pod’s own address: the outside must have a route back to it';
  if (gatewayType !== 'centralized') return leaves(subnet, { by: 'the pod’s own node', source, target });
  const active = subnet.status?.activateGateway ?? '';
  const gateway = nodes.find(({ metadata }) => metadata.name === active);
  if (active !== '' && gateway !== undefined && isConditionTrue(gateway.status?.conditions as never, 'Ready'))
    return leaves(subnet, { by: `Node ${active}`, source, target });
  return stopped({
    code: 'GATEWAY_MISSING',
    object,
    message: active === '' ? 'has no gateway node that is ready' : `its gateway is Node ${active}, which is not ready`,
    fix: 'spec.gatewayNode or spec.gatewayNodeSelectors must name a node that is Ready and can be scheduled to',
  });
}

/** Whether answers come back is not seen from here; without translation, the outside must know the way. */
function leaves(
  { metadata, spec }: Subnet,
  { by, source, target }: { readonly by: string; readonly source: string; readonly target: string },
): Step {
  const object = `Subnet ${metadata.name}`;
  const isAnnounced = Object.keys(metadata.annotations ?? {}).some((key) => key.endsWith('/bgp'));
  if (spec.natOutgoing === true || isAnnounced || (spec.natOutgoingPolicyRules ?? []).length > 0)
    return passed(object, `leaves by ${by}, ${source}`);
  return doubtful({
    code: 'ADDRESS_NOT_TRANSLATED',
    object,
    message: `leaves by ${by}, ${source}: spec.natOutgoing is off, and ${target} may know no way back`,
    fix: `set spec.natOutgoing to true, or give the outside a route to ${spec.cidrBlock ?? 'its block'} by a node (BGP can tell it)`,
  });
}

function ownVpcOut(from: Party, target: string, vpcs: readonly Vpc[]): Step {
  const vpc = vpcs.find(({ metadata }) => metadata.name === from.vpc);
  const object = `Vpc ${from.vpc ?? ''}`;
  const route = routeTo(vpc, target);
  if (route !== undefined) return passed(object, `has a route to it: ${route}`);
  return stopped({
    code: 'NO_WAY_OUT',
    object,
    message: `is a Vpc of its own, without a way to ${target}`,
    fix: 'give it spec.staticRoutes to a gateway, or OvnEip with OvnSnatRule or OvnFip',
  });
}
