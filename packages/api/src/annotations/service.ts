/**
 * Annotations of services.
 *
 * @source Kube-OVN, annotation constants
 */
import type { Codec } from './codecs.ts';
import { addressPair, oneOf, truth, word } from './codecs.ts';
import { communityList } from './communities.ts';
import type { AnnotationDefinition, Bound, Writer } from './define.ts';
import { annotationPrefix, bindAnnotations, defineAnnotation } from './define.ts';

function on<T>(key: string, codec: Codec<T>, writers: readonly Writer[], doc: string): AnnotationDefinition<T> {
  return defineAnnotation({ key, on: 'Service', writers, doc, ...codec });
}

export const serviceDefinitions = {
  vpc: on('vpc', word, ['user', 'controller'], 'Vpc that serves the service.'),
  logical_router: on('logical_router', word, ['user'], 'Vpc of a service without selector.'),
  logical_switch: on('logical_switch', word, ['user'], 'Subnet of a service without selector.'),
  switch_lb_vip: on('switch_lb_vip', addressPair, ['controller'], 'Address of a SwitchLBRule.'),
  router_lb_vip: on('router_lb_vip', addressPair, ['controller'], 'Address of a RouterLBRule.'),
  service_health_check: on('service_health_check', truth, ['user'], 'Whether backends are probed.'),
  service_external_ip_from_subnet: on(
    'service_external_ip_from_subnet',
    word,
    ['user', 'controller'],
    'Subnet that a service of type LoadBalancer has its address of.',
  ),
  bgp: on('bgp', oneOf('true', 'false', 'cluster', 'local'), ['user'], 'Whether the address is announced by BGP, and from which nodes.'),
  bgp_communities: on('bgp_communities', communityList, ['user'], "Communities of these announcements; an addition to Kube-OVN's API."),
};

/** Annotations of a service, all under `ovn.kubernetes.io/`. */
export const serviceAnnotations: Bound<typeof serviceDefinitions> = bindAnnotations(serviceDefinitions, annotationPrefix('ovn'));
