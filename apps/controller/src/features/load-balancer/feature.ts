import type { Service, Vip } from '@kube-ovn/api';
import { deriveTable, expandTable, indexBy, isSamePlainData, mergeTables, type Table } from '@kube-ovn/dataflow';
import { vipKey } from '../../effects/demand.ts';
import { problem } from '../../inputs/problem.ts';
import type { Feature, Notice } from '../feature.ts';
import type { Graph } from '../graph.ts';
import {
  balancerPatch,
  balancerVip,
  balancerVipName,
  type BalancerState,
  balancerWish,
  ingressOf,
  serviceOfVip,
} from './balancer.formula.ts';

const byContent = { equals: isSamePlainData };

/** Addresses for services of type LoadBalancer, each of the Subnet that its annotation names. */
export const loadBalancerFeature: Feature = {
  name: 'load-balancer',
  wire: (graph) => {
    const { objects, leases } = graph;
    const byService = indexBy('vips by service', objects.vips, (vip) => {
      const service = serviceOfVip(vip);
      return service === undefined ? [] : [service];
    });
    const stateOf = (key: string, service: Service): BalancerState => {
      const wish = balancerWish(service);
      const ours = [...byService.of(key)].flatMap((name) => {
        const lease = leases.get(vipKey(name));
        return [lease?.v4, lease?.v6].filter((address) => address !== undefined);
      });
      return { wish, lease: wish === undefined ? undefined : leases.get(vipKey(balancerVipName(key, wish.subnet))), ours };
    };
    return {
      objects: { vip: vipsOf(graph) },
      patches: {
        service: deriveTable(
          'load balancer patches',
          objects.services,
          (key, service) => balancerPatch(service, stateOf(key, service)),
          byContent,
        ),
      },
      notices: deriveTable('load balancer notices', objects.services, (key, service) => noticeOf(key, service, graph), byContent),
    };
  },
};

/** Those that are asked for, and those that a status still names. */
function vipsOf({ objects, leases, subnets }: Graph): Table<Vip> {
  const asked = expandTable(
    'vips of load balancers',
    objects.services,
    (key, service) => {
      const wish = balancerWish(service);
      if (wish === undefined || !subnets.has(wish.subnet)) return [];
      const name = balancerVipName(key, wish.subnet);
      return [[name, balancerVip(name, wish, objects.vips.has(name))] as const];
    },
    byContent,
  );
  return deriveTable(
    'vips of load balancers that stay',
    mergeTables('vips of load balancers, or others', [asked, objects.vips]),
    (name) => {
      const wanted = asked.get(name);
      if (wanted !== undefined) return wanted;
      const vip = objects.vips.get(name);
      const key = vip === undefined ? undefined : serviceOfVip(vip);
      const service = key === undefined ? undefined : objects.services.get(key);
      const lease = leases.get(vipKey(name));
      if (vip === undefined || service === undefined || lease === undefined) return undefined;
      const isNamed = ingressOf(service).some((address) => address === lease.v4 || address === lease.v6);
      return isNamed ? balancerVip(name, { subnet: lease.subnet, address: undefined }, true) : undefined;
    },
    byContent,
  );
}

function noticeOf(key: string, service: Service, { subnets, refusals, leases }: Graph): Notice | undefined {
  const wish = balancerWish(service);
  if (wish === undefined) return undefined;
  const warning = { kind: 'service' as const, key, type: 'Warning' as const, reason: 'AcquireAddressFailed', isState: true };
  const vip = vipKey(balancerVipName(key, wish.subnet));
  if (leases.has(vip)) return undefined;
  if (subnets.has(wish.subnet)) {
    const refusal = refusals.get(vip);
    return refusal === undefined ? undefined : { ...warning, message: refusal.message };
  }
  const field = 'metadata.annotations[ovn.kubernetes.io/service_external_ip_from_subnet]';
  const parts = {
    object: `Service ${key}`,
    field,
    value: wish.subnet,
    what: 'does not exist or is not in force',
    hint: 'create that Subnet, or name another one',
  };
  return { ...warning, message: problem('SERVICE_NO_SUBNET', parts).message };
}
