/**
 * What limits an interface: its pod's annotations, else those of the Namespace, else those of the Subnet. Each of these may name a QoSPolicy,
 * which counts for what stands beside it states no rate.
 *
 * What can not be read is a problem. A nearer value that can not be read does not let a farther one take effect over what is in force:
 * whoever carries limits out keeps what there is, and takes the farther value only where there is nothing.
 */
import { bandwidthDefinitions, type BandwidthDefinitions } from './annotations/bandwidth.ts';
import { annotationPrefix, bindAnnotations, type Annotation, type Bound } from './annotations/define.ts';
import type { KubeObject } from './objects/meta.ts';
import { describeObject, problem, type Problem, type Reading } from './problem.ts';
import type { PolicyRates, Rate } from './qos-policy.ts';

/** Delay and loss of packets towards the pod. */
export interface Disturbance {
  readonly latencyMs: number;
  readonly jitterMs: number;
  readonly lossPercent: number;
  /** Packets that may wait; 0: as many as the kernel lets. */
  readonly limitPackets: number;
}

/** One wish. */
export interface Wanted<T> {
  readonly value: T | undefined;
  /** What stands nearer can not be read: what is in force stays, and `value` is for where nothing is. */
  readonly isKept: boolean;
}

/** All wishes for one interface. */
export interface Bandwidth {
  readonly ingress: Wanted<Rate>;
  readonly egress: Wanted<Rate>;
  readonly disturbance: Wanted<Disturbance>;
  readonly dscp: Wanted<number>;
  readonly problems: readonly Problem[];
}

/** An object that may say something. */
export interface BandwidthSource {
  readonly kind: 'Pod' | 'Namespace' | 'Subnet';
  readonly object: KubeObject;
  /** Prefix of its keys; a Subnet's are under `ovn`. */
  readonly provider: string;
}

/** Finds a QoSPolicy; undefined: there is none of that name. */
export type FindPolicy = (name: string) => Reading<PolicyRates> | undefined;

interface Layer {
  readonly rate: (direction: 'ingress' | 'egress') => Reading<Rate | undefined>;
  readonly disturbance: () => Reading<Disturbance | undefined>;
  readonly dscp: () => Reading<number | undefined>;
}

/** Read the wishes for one interface; the nearest source first. */
export function readBandwidth(sources: readonly BandwidthSource[], findPolicy: FindPolicy): Bandwidth {
  const problems: Problem[] = [];
  const layers = sources.flatMap((source) => layersOf(source, findPolicy));
  const choose = <T>(read: (layer: Layer) => Reading<T | undefined>): Wanted<T> => {
    let isKept = false;
    for (const layer of layers) {
      const reading = read(layer);
      if (!reading.ok) {
        isKept = true;
        if (!problems.some(({ message }) => message === reading.problem.message)) problems.push(reading.problem);
      } else if (reading.value !== undefined) return { value: reading.value, isKept };
    }
    return { value: undefined, isKept };
  };
  const wishes = {
    ingress: choose((layer) => layer.rate('ingress')),
    egress: choose((layer) => layer.rate('egress')),
    disturbance: choose((layer) => layer.disturbance()),
    dscp: choose((layer) => layer.dscp()),
  };
  return { ...wishes, problems };
}

const NOTHING: Reading<undefined> = { ok: true, value: undefined };

function layersOf({ kind, object, provider }: BandwidthSource, findPolicy: FindPolicy): readonly Layer[] {
  const own = bindAnnotations(bandwidthDefinitions(kind), annotationPrefix(provider));
  const stated: Layer = {
    rate: (direction) => statedRate(object, { kind, rate: own[`${direction}_rate`], burst: own[`${direction}_burst`] }),
    disturbance: () => statedDisturbance(object, own),
    dscp: () => own.dscp.read(object),
  };
  const name = own.qos_policy.read(object);
  if (name.ok && name.value === undefined) return [stated];
  const rates = name.ok ? policyRates(object, { kind, key: own.qos_policy.key, found: findPolicy(name.value ?? '') }) : name;
  const policy: Layer = {
    rate: (direction) => (rates.ok ? { ok: true, value: rates.value[direction] } : rates),
    disturbance: () => NOTHING,
    dscp: () => NOTHING,
  };
  return [stated, policy];
}

function policyRates(
  object: KubeObject,
  { kind, key, found }: { readonly kind: string; readonly key: string; readonly found: Reading<PolicyRates> | undefined },
): Reading<PolicyRates> {
  if (found?.ok === true) return found;
  const hint =
    found === undefined ? 'is no QoSPolicy; create it, or name one that is there' : `can not be in force: ${found.problem.message}`;
  return { ok: false, problem: badAnnotation(object, { kind, key, hint }) };
}

function statedRate(
  object: KubeObject,
  of: { readonly kind: string; readonly rate: Annotation<number>; readonly burst: Annotation<number> },
): Reading<Rate | undefined> {
  const rate = of.rate.read(object);
  const burst = of.burst.read(object);
  if (!rate.ok) return rate;
  if (!burst.ok) return burst;
  if (rate.value === undefined) {
    if (burst.value === undefined) return NOTHING;
    const hint = `has no effect alone; state ${of.rate.key} beside it`;
    return { ok: false, problem: badAnnotation(object, { kind: of.kind, key: of.burst.key, hint }) };
  }
  const hasBurst = burst.value !== undefined && burst.value > 0;
  return { ok: true, value: { mbit: rate.value, ...(hasBurst ? { burstMbit: burst.value } : {}) } };
}

function statedDisturbance(object: KubeObject, own: Bound<BandwidthDefinitions>): Reading<Disturbance | undefined> {
  const readings = [own.latency, own.jitter, own.loss, own.limit].map((each) => each.read(object));
  const values: (number | undefined)[] = [];
  for (const reading of readings) {
    if (!reading.ok) return reading;
    values.push(reading.value);
  }
  if (values.every((value) => value === undefined)) return NOTHING;
  const [latencyMs = 0, jitterMs = 0, lossPercent = 0, limitPackets = 0] = values;
  return { ok: true, value: { latencyMs, jitterMs, lossPercent, limitPackets } };
}

function badAnnotation(object: KubeObject, of: { readonly kind: string; readonly key: string; readonly hint: string }): Problem {
  return problem({
    code: 'API_BAD_ANNOTATION',
    object: describeObject(object, of.kind),
    field: `metadata.annotations[${of.key}]`,
    value: object.metadata.annotations?.[of.key] ?? '',
    hint: of.hint,
  });
}
