/**
 * Attachment → the limits of its two ends: towards the pod at the node's end, from the pod at its own. Node → those of ovn0.
 *
 * Reads: annotations of the pod, its Namespace and Subnet, QoSPolicies; annotations of the Node.
 */
import {
  nodeAnnotations,
  readBandwidth,
  type FindPolicy,
  type KubeObject,
  type Node,
  type Pod,
  type Problem,
  type Rate,
  type Reading,
  type Wanted,
} from '@kube-ovn/api';
import { readPodInterface } from '../../inputs/pod-interface.ts';
import type { Attachment } from '../attachment/record.ts';
import { JOIN_LINK } from '../join/join.formula.ts';
import { policerOf, type Policer } from './policer.formula.ts';
import { shapeOf, type Shape } from './shape.formula.ts';

/** What limits one direction. */
export interface LimitedEnd {
  /** Path of the link's namespace; undefined: the node's. */
  readonly netns: string | undefined;
  readonly link: string;
  /** What arrives on this link passes through `link`, which is made for it; undefined: `link` is a link like others. */
  readonly redirectedFrom?: string;
  /** Where it is, for people. */
  readonly place: string;
  readonly isOurs: boolean;
  readonly shape: Shape | undefined;
  /** Open vSwitch itself limits the port, by this column or type of QoS; left out: tc limits the link. */
  readonly means?: 'egress-policer' | 'ingress_policing_rate';
  readonly policer?: Policer | undefined;
  /** The rate that was asked for; undefined: none. */
  readonly mbit: number | undefined;
  /** What was asked for can not be read: a limit that is there stays. */
  readonly isKept: boolean;
}

/** Limits of one interface. */
export interface Limits {
  readonly object: { readonly kind: 'Pod' | 'Node'; readonly namespace?: string; readonly name: string; readonly uid: string };
  /** Prefix of the annotation that tells what limits. */
  readonly provider: string;
  readonly ingress: LimitedEnd;
  readonly egress: LimitedEnd;
  readonly problems: readonly Problem[];
}

/** What limits depend on. */
export interface LimitSources {
  readonly pod: Pod | undefined;
  readonly namespace: (name: string) => KubeObject | undefined;
  readonly subnet: (name: string) => KubeObject | undefined;
  readonly findPolicy: FindPolicy;
}

/** Limits of an attachment; undefined while its pod does not tell. What is in force then stays. */
export function attachmentLimits(attachment: Attachment, { pod, namespace, subnet, findPolicy }: LimitSources): Limits | undefined {
  if (pod === undefined || pod.metadata.uid !== attachment.podUid) return undefined;
  const reading = readPodInterface(pod, attachment);
  if (reading.state !== 'ready') return undefined;
  const { provider } = reading.value;
  const ofNamespace = namespace(attachment.namespace);
  const ofSubnet = subnet(reading.value.subnet);
  const { ingress, egress, disturbance, problems } = readBandwidth(
    [
      { kind: 'Pod', object: pod, provider },
      ...(ofNamespace === undefined ? [] : [{ kind: 'Namespace' as const, object: ofNamespace, provider }]),
      ...(ofSubnet === undefined ? [] : [{ kind: 'Subnet' as const, object: ofSubnet, provider: 'ovn' }]),
    ],
    findPolicy,
  );
  const { vhostUser, hostLink } = attachment;
  const policed = vhostUser === undefined ? undefined : { netns: undefined, link: hostLink, place: `port ${hostLink}`, isOurs: true };
  return {
    object: { kind: 'Pod', namespace: attachment.namespace, name: attachment.pod, uid: attachment.podUid },
    provider,
    ingress: {
      ...limit(ingress, shapeOf(ingress.value, disturbance.value)),
      isKept: ingress.isKept || disturbance.isKept,
      netns: undefined,
      link: attachment.hostLink,
      place: "the node's end",
      isOurs: true,
      ...(policed && { ...policed, means: 'egress-policer', policer: policerOf(ingress.value) }),
    },
    egress: {
      ...limit(egress, shapeOf(egress.value)),
      netns: attachment.netns,
      link: attachment.ifName,
      place: `${attachment.ifName} in the pod`,
      isOurs: false,
      ...(policed && { ...policed, means: 'ingress_policing_rate', policer: policerOf(egress.value) }),
    },
    problems: problems.filter(({ field }) => !field.endsWith('/dscp]')),
  };
}

/** What arrives on a link can be made to wait on one of its own alone. */
const REDIRECT_LINK = `${JOIN_LINK}-in`;

/** Limits of a node's own interface. @source Kube-OVN: annotations of the Node limit ovn0 */
export function nodeLimits(node: Node): Limits {
  const problems: Problem[] = [];
  const rate = (of: { readonly rate: Reading<number | undefined>; readonly burst: Reading<number | undefined> }): Wanted<Rate> => {
    const bad = [of.rate, of.burst].flatMap((each) => (each.ok ? [] : [each.problem]));
    problems.push(...bad);
    if (!of.rate.ok || !of.burst.ok) return { value: undefined, isKept: true };
    const { value: mbit = 0 } = of.rate;
    const { value: burstMbit = 0 } = of.burst;
    return { value: { mbit, ...(burstMbit === 0 ? {} : { burstMbit }) }, isKept: false };
  };
  const { ingress_rate, ingress_burst, egress_rate, egress_burst } = nodeAnnotations;
  const ingress = rate({ rate: ingress_rate.read(node), burst: ingress_burst.read(node) });
  const egress = rate({ rate: egress_rate.read(node), burst: egress_burst.read(node) });
  const common = { netns: undefined, isOurs: true };
  return {
    object: { kind: 'Node', name: node.metadata.name, uid: node.metadata.uid ?? '' },
    provider: 'ovn',
    ingress: {
      ...common,
      ...limit(ingress, shapeOf(ingress.value)),
      link: REDIRECT_LINK,
      redirectedFrom: JOIN_LINK,
      place: `${JOIN_LINK} by ${REDIRECT_LINK}`,
    },
    egress: { ...common, ...limit(egress, shapeOf(egress.value)), link: JOIN_LINK, place: JOIN_LINK },
    problems,
  };
}

function limit({ value, isKept }: Wanted<Rate>, shape: Shape | undefined): Pick<LimitedEnd, 'shape' | 'isKept' | 'mbit'> {
  return { shape, isKept, mbit: value === undefined || value.mbit === 0 ? undefined : value.mbit };
}
