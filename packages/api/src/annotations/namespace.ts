/**
 * Annotations of namespaces: what their workloads get when they name nothing themselves.
 *
 * @source Kube-OVN, annotation constants
 */
import { bandwidthDefinitions } from './bandwidth.ts';
import type { AddressPair, Codec } from './codecs.ts';
import { cidrPair, wordList } from './codecs.ts';
import type { AnnotationDefinition, Bound, Writer } from './define.ts';
import { annotationPrefix, bindAnnotations, defineAnnotation } from './define.ts';

function on<T>(key: string, codec: Codec<T>, writer: Writer, doc: string): AnnotationDefinition<T> {
  return defineAnnotation({ key, on: 'Namespace', writers: [writer], doc, ...codec });
}

/** The values of several subnets, joined by `;`. */
function perSubnet<T>(codec: Codec<T>): Codec<readonly T[]> {
  return {
    format: `for each subnet ${codec.format}, separated by ";"`,
    parse(text) {
      if (text === '') return [];
      const values: T[] = [];
      for (const part of text.split(';')) {
        const value = codec.parse(part);
        if (value === undefined) return undefined;
        values.push(value);
      }
      return values;
    },
    print: (values) => values.map((value) => codec.print(value)).join(';'),
  };
}

export const namespaceDefinitions = {
  logical_switch: on('logical_switch', wordList, 'controller', 'Subnets of the namespace, the first choice first.'),
  cidr: on<readonly AddressPair[]>('cidr', perSubnet(cidrPair), 'controller', 'Blocks of those subnets.'),
  exclude_ips: on<readonly (readonly string[])[]>('exclude_ips', perSubnet(wordList), 'controller', 'Excluded addresses of those subnets.'),
  ip_pool: on('ip_pool', wordList, 'controller', 'IPPools that the workloads take addresses from.'),
};

/** Annotations of a namespace, all under `ovn.kubernetes.io/`. */
export const namespaceAnnotations: Bound<typeof namespaceDefinitions> = bindAnnotations(namespaceDefinitions, annotationPrefix('ovn'));

/** What the interfaces of its pods get that say nothing; under the prefix of each interface's provider, as on a pod. */
export const namespaceInterfaceDefinitions = bandwidthDefinitions('Namespace');
