/** Is there a way between two places: one Vpc, a link between two, or a gateway to the outside? Pure. */
import { parseAddress, prefixContains, readPrefix } from '@kube-ovn/ipam';
import { DEFAULT_VPC, isConditionTrue, type Subnet, type Vpc } from '@kube-ovn/api';
import { passed, type Step, stopped } from '../answer.ts';
import type { Party } from '../ends.ts';
import type { World } from '../world.ts';
import type { Connection } from './policy.ts';

export function routeSteps(connection: Connection, world: World): readonly Step[] {
  const { from, to, family } = connection;
  const target = to.addresses[family] ?? '';
  if (from.subnet === undefined) return [];
  if (to.pod === undefined && to.node === undefined) return [outsideStep(from, from.subnet, target, world)];
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
  return [betweenVpcs(from, { vpc: to.vpc, object: to.object, target }, world)];
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
  const target = parseAddress(address);
  return vpc?.spec.staticRoutes?.find(({ cidr = '' }) => {
    const block = readPrefix(cidr.includes('/') ? cidr : `${cidr}/${cidr.includes(':') ? 128 : 32}`);
    return block !== undefined && prefixContains(block, target);
  })?.cidr;
}

function outsideStep(from: Party, subnet: Subnet, target: string, { nodes, vpcs }: World): Step {
  const object = `Subnet ${subnet.metadata.name}`;
  const { gatewayType, natOutgoing = false, externalEgressGateway = '', vlan = '', logicalGateway = false } = subnet.spec;
  if (vlan !== '' && !logicalGateway) return passed(object, `is on Vlan ${vlan}: the network’s own gateway takes ${target}`);
  if (from.vpc !== DEFAULT_VPC) return ownVpcOut(from, target, vpcs);
  if (externalEgressGateway !== '') return passed(object, `sends to the outside by ${externalEgressGateway}`);
  const source = natOutgoing ? 'behind the address of the node' : 'with the pod’s own address: the outside must have a route back to it';
  if (gatewayType !== 'centralized') return passed(object, `leaves by the pod’s own node, ${source}`);
  const active = subnet.status?.activateGateway ?? '';
  const gateway = nodes.find(({ metadata }) => metadata.name === active);
  if (active !== '' && gateway !== undefined && isConditionTrue(gateway.status?.conditions as never, 'Ready'))
    return passed(object, `leaves by Node ${active}, ${source}`);
  return stopped({
    code: 'GATEWAY_MISSING',
    object,
    message: active === '' ? 'has no gateway node that is ready' : `its gateway is Node ${active}, which is not ready`,
    fix: 'spec.gatewayNode or spec.gatewayNodeSelectors must name a node that is Ready and can be scheduled to',
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
