/**
 * Annotations of Subnets.
 *
 * @source Kube-OVN, annotation constants; bgp_communities is ours
 */
import { bandwidthDefinitions } from './bandwidth.ts';
import { oneOf } from './codecs.ts';
import { communityList } from './communities.ts';
import { annotationPrefix, bindAnnotations, defineAnnotation, type AnnotationDefinition, type Bound, type Writer } from './define.ts';
import type { Codec } from './codecs.ts';

function on<T>(key: string, codec: Codec<T>, writers: readonly Writer[], doc: string): AnnotationDefinition<T> {
  return defineAnnotation({ key, on: 'Subnet', writers, doc, ...codec });
}

export const subnetDefinitions = {
  bgp: on(
    'bgp',
    oneOf('true', 'false', 'cluster', 'local'),
    ['user'],
    'Whether its block and its pods are announced by BGP, and from which nodes.',
  ),
  bgp_communities: on('bgp_communities', communityList, ['user'], "Communities of these announcements; an addition to Kube-OVN's API."),
  ...bandwidthDefinitions('Subnet'),
};

/** Annotations of a Subnet, all under `ovn.kubernetes.io/`. */
export const subnetAnnotations: Bound<typeof subnetDefinitions> = bindAnnotations(subnetDefinitions, annotationPrefix('ovn'));
