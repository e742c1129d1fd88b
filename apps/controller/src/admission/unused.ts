/** What users may write and nothing here acts upon yet: said at once, lest they wait for it. Pure. */
import { annotationPrefix, annotationRegistry, type KubeObject, type SubnetSpec, type VipSpec, type VpcSpec } from '@kube-ovn/api';

/** Fields of Subnet.spec that controller or daemon act upon. */
export const usedSubnetFields = [
  'cidrBlock',
  'protocol',
  'gateway',
  'excludeIps',
  'vpc',
  'default',
  'namespaces',
  'namespaceSelectors',
  'provider',
  'gatewayType',
  'gatewayNode',
  'gatewayNodeSelectors',
  'enableEcmp',
  'natOutgoing',
  'natOutgoingPolicyRules',
  'externalEgressGateway',
  'policyRoutingPriority',
  'policyRoutingTableID',
  'mtu',
  'acls',
  'allowEWTraffic',
  'private',
  'allowSubnets',
  'vlan',
  'routeTable',
  // of an underlay Subnet: whether the nodes route to it
  'logicalGateway',
  'u2oInterconnection',
  'u2oInterconnectionIP',
  'u2oFeatures',
  'enableIPv6RA',
  'ipv6RAConfigs',
] as const satisfies readonly (keyof SubnetSpec)[];

export const usedVpcFields = [
  'namespaces',
  'defaultSubnet',
  'staticRoutes',
  'policyRoutes',
  'vpcPeerings',
  'enableExternal',
  'extraExternalSubnets',
] as const satisfies readonly (keyof VpcSpec)[];

export const usedVipFields = ['namespace', 'subnet', 'type', 'v4ip', 'v6ip', 'macAddress'] as const satisfies readonly (keyof VipSpec)[];

/** Annotations of pods that users write and controller or daemon act upon. */
export const usedPodKeys: ReadonlySet<string> = new Set([
  'logical_switch',
  'ip_address',
  'ip_family',
  'mac_address',
  'ip_pool',
  'default_route',
  'routes',
  'port_security',
  'security_groups',
  'aaps',
  'vip',
  'eip',
  'snat',
  'layer2_forward',
  'activation_strategy',
  'ingress_rate',
  'egress_rate',
  'ingress_burst',
  'egress_burst',
  'latency',
  'jitter',
  'limit',
  'loss',
  'dscp',
  'qos_policy',
]);

/** Fields with a value that asks for something, beyond those that are used. */
export function unusedFields(object: KubeObject & { readonly spec?: object }, used: readonly string[]): readonly string[] {
  return Object.entries(object.spec ?? {})
    .filter(([field, value]) => !used.includes(field) && asksFor(value))
    .map(
      ([field, value]) =>
        `${object.kind ?? 'object'} ${object.metadata.name}: spec.${field} ${shown(value)} is accepted and has no effect in this version`,
    );
}

/**
 * Annotations of a pod under the prefixes of its interfaces that are not known, or have no effect.
 *
 * @param providers of its interfaces
 */
export function unusedPodAnnotations(pod: KubeObject, providers: readonly string[]): readonly string[] {
  return unusedAnnotations(pod, { on: 'Pod', providers: ['ovn', ...providers], isUsed: (key) => usedPodKeys.has(key) });
}

/** Annotations of a NetworkPolicy under our prefix that are not known; those that are known are all acted upon. */
export function unusedPolicyAnnotations(policy: KubeObject): readonly string[] {
  return unusedAnnotations(policy, { on: 'NetworkPolicy', providers: ['ovn'], isUsed: () => true });
}

interface AnnotationUse {
  readonly on: 'Pod' | 'NetworkPolicy';
  readonly providers: readonly string[];
  /** Of a key that users write. */
  readonly isUsed: (key: string) => boolean;
}

function unusedAnnotations({ metadata }: KubeObject, { on, providers, isUsed }: AnnotationUse): readonly string[] {
  const definitions = annotationRegistry.filter(({ definition }) => definition.on === on).map(({ definition }) => definition);
  const prefixes = [...new Set(providers)].map((provider) => `${annotationPrefix(provider)}/`);
  return Object.keys(metadata.annotations ?? {}).flatMap((key) => {
    const prefix = prefixes.find((each) => key.startsWith(each));
    if (prefix === undefined) return [];
    const name = key.slice(prefix.length);
    const definition = definitions.find((each) => each.key === name || name.startsWith(`${each.key}.`));
    const where = `${on} ${metadata.namespace}/${metadata.name}: metadata.annotations[${key}]`;
    if (definition === undefined) return [`${where} is not known and has no effect`];
    if (!definition.writers.includes('user') || isUsed(definition.key)) return [];
    return [`${where} is accepted and has no effect in this version`];
  });
}

/** Empty values, false and 0 are what a field says that is left out. */
function asksFor(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some(asksFor);
  return value !== undefined && value !== null && value !== '' && value !== false && value !== 0;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
