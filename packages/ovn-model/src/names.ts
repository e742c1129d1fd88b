/**
 * Names of rows, derived from the names of Kubernetes objects and from nothing else, so that two controllers (and a controller and
 * its former self) always mean the same row. They are Kube-OVN's names: dashboards, scripts and kubectl-ko look for them.
 */

/** OVN keeps at most this many characters of an ACL's name. @source OVN_Northbound ACL.name (maxLength 63) */
export const maxAclNameLength = 63;

/**
 * A Kubernetes name as the name of a Port_Group or Address_Set: such a name is an identifier in a match, where `-` would be a minus.
 *
 * Kubernetes names that differ only in `-` and `.` collide here; the planner reports the later owner of the row.
 * @source ovn-nb(5) Address_Set: names match `[a-zA-Z_.][a-zA-Z_.0-9]*`
 */
export function groupName(...parts: readonly string[]): string {
  const joined = parts.join('.').replaceAll('-', '.');
  return /^[0-9]/.test(joined) ? `_${joined}` : joined;
}

/** The Address_Set that OVN itself derives from a Port_Group, for one family. @source ovn-nb(5) Port_Group */
export function portGroupAddressSet(portGroup: string, family: 4 | 6): string {
  return `${portGroup}_ip${family}`;
}

/** The group of the load balancers of all services in the default Vpc. OVN's table has no external_ids: whose a group is, its name alone says. */
export const serviceGroupName = 'kube-ovn.services';

/** The group of those in a Vpc of a user. */
export function vpcServiceGroupName(vpc: string): string {
  return `${serviceGroupName}.${vpc}`;
}

/** Whether a group is one of these. */
export function isServiceGroupName(name: string): boolean {
  return name === serviceGroupName || name.startsWith(vpcServiceGroupName(''));
}

/**
 * A variable of templates, from names of Kubernetes objects and addresses, in which there is no `_`: so different parts give different names.
 * @source OVN, lib/lex.c: after `^` letters, digits, `_` and `.`
 */
export function templateVariable(...parts: readonly string[]): string {
  return ['svc', ...parts].join('.').replaceAll(/[-:]/g, '_').replaceAll('/', '.');
}

/** The switch between the router of the default VPC and the gateway nodes of centralized subnets. */
export const gatewaySwitchName = 'kube-ovn.gateways';

/** An ACL name within OVN's limit; a longer one keeps its first 60 characters and three dots. */
export function aclName(name: string): string {
  return name.length <= maxAclNameLength ? name : `${name.slice(0, maxAclNameLength - 3)}...`;
}

/** The switch's side of the link between a switch and a router. */
export function switchRouterPortName(logicalSwitch: string, logicalRouter: string): string {
  return `${logicalSwitch}-${logicalRouter}`;
}

/** The router's side of that link. */
export function routerPortName(logicalRouter: string, logicalSwitch: string): string {
  return `${logicalRouter}-${logicalSwitch}`;
}

/**
 * The group of the ports on one node whose traffic leaves the cluster by that node: the pods of all subnets of the default VPC that
 * have a distributed gateway.
 */
export function gatewayPortGroupName(node: string): string {
  return groupName('distributed', 'gateway', node);
}
