/**
 * Annotations about bandwidth: on a pod those of each interface; on a Namespace and on a Subnet what their interfaces get that say nothing.
 *
 * @source Kube-OVN, annotation constants; dscp, qos_policy, and defaults of Namespaces and Subnets are ours
 */
import { wholeNumber, word, type Codec } from './codecs.ts';
import { defineAnnotation, type AnnotationDefinition } from './define.ts';

/** Largest rate, in Mbit/s. */
export const MAX_RATE_MBIT = 1_000_000;
const MAX_PACKETS = 4_294_967_295;
const MAX_MS = 60_000;
const MAX_DSCP = 63;

type NumberKey = 'ingress_rate' | 'egress_rate' | 'ingress_burst' | 'egress_burst' | 'latency' | 'jitter' | 'limit' | 'loss' | 'dscp';

/** The definitions for one kind of object. */
export type BandwidthDefinitions = Readonly<Record<NumberKey, AnnotationDefinition<number>> & { qos_policy: AnnotationDefinition<string> }>;

const percent: Codec<number> = {
  format: 'a percentage from 0 to 100',
  parse(text) {
    const value = Number(text.trim());
    return /^\d{1,3}(?:\.\d{1,6})?$/.test(text.trim()) && value <= 100 ? value : undefined;
  },
  print: String,
};

/** Define them for a kind of object. Directions are as a pod sees them. */
export function bandwidthDefinitions(kind: 'Pod' | 'Namespace' | 'Subnet'): BandwidthDefinitions {
  const on = <T>(key: string, codec: Codec<T>, doc: string): AnnotationDefinition<T> =>
    defineAnnotation({ key, on: kind, writers: ['user'], doc, ...codec });
  const rate = wholeNumber(0, MAX_RATE_MBIT, 'Mbit/s');
  const burst = wholeNumber(0, MAX_RATE_MBIT, 'Mbit');
  const milliseconds = wholeNumber(0, MAX_MS, 'milliseconds');
  return {
    ingress_rate: on('ingress_rate', rate, 'Limit of traffic towards the pod; 0: none.'),
    egress_rate: on('egress_rate', rate, 'Limit of traffic from the pod; 0: none.'),
    ingress_burst: on('ingress_burst', burst, 'Burst above ingress_rate; 0: a tenth of a second.'),
    egress_burst: on('egress_burst', burst, 'Burst above egress_rate; 0: a tenth of a second.'),
    latency: on('latency', milliseconds, 'Delay added to packets towards the pod.'),
    jitter: on('jitter', milliseconds, 'Variation of the delay.'),
    limit: on('limit', wholeNumber(0, MAX_PACKETS, 'packets'), 'Packets that may wait in the delay queue.'),
    loss: on('loss', percent, 'Share of packets towards the pod that are dropped.'),
    dscp: on('dscp', wholeNumber(0, MAX_DSCP, 'DSCP'), 'DSCP that packets from the pod are marked with.'),
    qos_policy: on('qos_policy', word, 'QoSPolicy that limits what no rate is stated for.'),
  };
}
