/**
 * SwitchLBRule → the objects that stand for it in Kubernetes.
 *
 * Reads: the rule. Wants: a headless Service `slr-<name>`, whose EndpointSlices say what the backends are; where the backends are named by
 * their addresses, the EndpointSlices themselves.
 */
import {
  type EndpointSlice,
  formatAddressPair,
  madeByUs,
  type OwnerReference,
  type Service,
  sliceMadeByUs,
  type SwitchLBRule,
  type SwitchLbRuleInput,
} from '@kube-ovn/api';
import type { Family } from '@kube-ovn/ipam';
import { SWITCH_LB_VIP } from './judge.ts';

const labels = { [madeByUs.key]: madeByUs.value };
const PROTOCOLS = { tcp: 'TCP', udp: 'UDP', sctp: 'SCTP' } as const;

/** The Service of a rule. @source Kube-OVN: headless, with the address in an annotation */
export function ruleService(object: SwitchLBRule, rule: SwitchLbRuleInput): Service {
  const { service, ports, selector, endpoints, namespace, serviceName } = rule;
  const families = service.clusterIps.map(({ family }) => family);
  const [v4, v6] = ([4, 6] as const).map((family) => service.clusterIps.find((each) => each.family === family)?.address);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: serviceName,
      namespace,
      labels,
      annotations: { [SWITCH_LB_VIP]: formatAddressPair({ ...(v4 !== undefined && { v4 }), ...(v6 !== undefined && { v6 }) }) },
      ownerReferences: [ownerOf(object)],
    },
    spec: {
      clusterIP: 'None',
      selector: endpoints.length > 0 ? {} : selector,
      ports: ports.map(({ name, protocol, port, targetPort }) => ({
        ...(name !== '' && { name }),
        protocol: PROTOCOLS[protocol],
        port,
        targetPort,
      })),
      sessionAffinity: service.stickySeconds === undefined ? 'None' : 'ClientIP',
      ...(families.length > 1 ? { ipFamilyPolicy: 'PreferDualStack' as const } : {}),
      ...(families.length === 1 && families[0] === 6 ? { ipFamilies: ['IPv6'] as const } : {}),
    },
  };
}

/** Slices with the addresses that a rule names; none when it has a selector. */
export function ruleSlices(object: SwitchLBRule, rule: SwitchLbRuleInput): readonly EndpointSlice[] {
  return ([4, 6] as const).flatMap((family: Family): readonly EndpointSlice[] => {
    const addresses = rule.endpoints.filter((endpoint) => endpoint.family === family);
    if (addresses.length === 0) return [];
    return [
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: {
          name: `${rule.serviceName}-ipv${family}`,
          namespace: rule.namespace,
          labels: {
            'kubernetes.io/service-name': rule.serviceName,
            [sliceMadeByUs.key]: sliceMadeByUs.value,
          },
          ownerReferences: [ownerOf(object)],
        },
        addressType: `IPv${family}`,
        endpoints: addresses.map(({ address }) => ({ addresses: [address], conditions: { ready: true } })),
        ports: rule.ports.map(({ name, protocol, targetPort }) => ({ name, protocol: PROTOCOLS[protocol], port: targetPort })),
      },
    ];
  });
}

function ownerOf({ metadata: { name, uid = '' } }: SwitchLBRule): OwnerReference {
  return { apiVersion: 'kubeovn.io/v1', kind: 'SwitchLBRule', name, uid, controller: true, blockOwnerDeletion: false };
}
