/**
 * Rate, delay and loss → the queueing disciplines of one link, and the lines of tc(8) that lead there from what there is.
 *
 * At the root a `tbf` under a handle of our own, in it a plain queue or a `netem`. A new rate is a change in place: what waits goes on
 * waiting, and connections do not notice.
 * @source tc-tbf(8), tc-netem(8); docs/adr/0012-what-limits.md
 */
import type { Disturbance, Rate } from '@kube-ovn/api';
import type { Qdisc } from '@kube-ovn/host';

/** What a link shall do with what leaves by it. */
export interface Shape {
  /** Bits a second. */
  readonly rateBits: number;
  readonly burstBytes: number;
  readonly queueBytes: number;
  readonly disturbance: Disturbance | undefined;
}

/** A link and what is on it. */
export interface ShapedLink {
  readonly link: string;
  /** All of its namespace. */
  readonly qdiscs: readonly Qdisc[];
  /** Nobody but the switch and us has business there: what others left goes. */
  readonly isOurs: boolean;
}

/** Ours, among what a pod may have put on its own interface. */
const ROOT = '4b4f:';
const INNER = '4b4f:1';
const PLAIN = '4b50:';

const BITS_OF_MBIT = 1_000_000;
const BYTES_OF_MBIT = 125_000;
/** Beside a delay without a rate. */
const UNLIMITED_MBIT = 100_000;
/** @source Kube-OVN: a burst is a tenth of the rate unless stated */
const BURST_S = 0.1;
/** Two packets of the largest MTU in use. */
const MIN_BURST_BYTES = 20_000;
const MAX_BURST_BYTES = 256_000_000;
/** How long a packet may wait; beyond it TCP only sees a longer way. */
const QUEUE_S = 0.05;
const MIN_QUEUE_BYTES = 40_000;

/** The shape of one direction; undefined: nothing to be done. */
export function shapeOf(rate: Rate | undefined, disturbance?: Disturbance): Shape | undefined {
  const mbit = rate?.mbit ?? 0;
  const isDisturbed = disturbance !== undefined && Object.values(disturbance).some((value) => value > 0);
  if (mbit === 0 && !isDisturbed) return undefined;
  const counted = mbit === 0 ? UNLIMITED_MBIT : mbit;
  const burst = (rate?.burstMbit ?? counted * BURST_S) * BYTES_OF_MBIT;
  return {
    rateBits: Math.round(counted * BITS_OF_MBIT),
    burstBytes: Math.round(Math.min(Math.max(burst, MIN_BURST_BYTES), MAX_BURST_BYTES)),
    queueBytes: Math.round(Math.max(counted * BYTES_OF_MBIT * QUEUE_S, MIN_QUEUE_BYTES)),
    disturbance: isDisturbed ? disturbance : undefined,
  };
}

/** The rate that is in force on a link, in Mbit/s; undefined: none of ours. */
export function rateInForce({ link, qdiscs }: Pick<ShapedLink, 'link' | 'qdiscs'>): number | undefined {
  const root = rootOf({ link, qdiscs });
  return root?.kind === 'tbf' && root.handle === ROOT ? (root.rateBytes * 8) / BITS_OF_MBIT : undefined;
}

/** What is to be done for the rate: nothing when it is in force. */
export function rateLines(on: ShapedLink, shape: Shape | undefined): readonly string[] {
  const root = rootOf(on);
  if (shape === undefined) {
    const isToGo = root !== undefined && (root.handle === ROOT || on.isOurs);
    return isToGo ? [`qdisc del dev ${on.link} root`] : [];
  }
  const isThere =
    root?.kind === 'tbf' &&
    root.handle === ROOT &&
    root.rateBytes === Math.floor(shape.rateBits / 8) &&
    isNear(root.burstBytes, shape.burstBytes);
  if (isThere) return [];
  return [
    `qdisc replace dev ${on.link} root handle ${ROOT} tbf rate ${shape.rateBits}bit burst ${shape.burstBytes} limit ${shape.queueBytes}`,
  ];
}

/** What is to be done for delay and loss, once the rate is there. */
export function disturbanceLines({ link, qdiscs }: ShapedLink, shape: Shape): readonly string[] {
  const inner = qdiscs.find((each) => each.link === link && each.parent === INNER);
  const { disturbance } = shape;
  if (disturbance === undefined)
    return inner?.kind === 'netem' ? [`qdisc replace dev ${link} parent ${INNER} handle ${PLAIN} bfifo limit ${shape.queueBytes}`] : [];
  const handle = handleOf(disturbance);
  if (inner?.kind === 'netem' && inner.handle === handle) return [];
  const { latencyMs, jitterMs, lossPercent, limitPackets } = disturbance;
  const parts = [
    ...(limitPackets > 0 ? [`limit ${limitPackets}`] : []),
    ...(latencyMs > 0 || jitterMs > 0 ? [`delay ${latencyMs}ms ${jitterMs}ms`] : []),
    ...(lossPercent > 0 ? [`loss ${lossPercent}%`] : []),
  ];
  return [`qdisc replace dev ${link} parent ${INNER} handle ${handle} netem ${parts.join(' ')}`];
}

/** A discipline that the kernel gives by itself is nobody's. */
function rootOf({ link, qdiscs }: Pick<ShapedLink, 'link' | 'qdiscs'>): Qdisc | undefined {
  return qdiscs.find((each) => each.link === link && each.parent === undefined && each.handle !== '0:');
}

/** tc rounds a burst to its clock. */
function isNear(found: number, wanted: number): boolean {
  return Math.abs(found - wanted) <= wanted / 50;
}

const FIRST_HANDLE = 0x5000;
const HANDLES = 0x3000;

/** Values in the handle: so it can be seen whether they are in force. */
function handleOf({ latencyMs, jitterMs, lossPercent, limitPackets }: Disturbance): string {
  let hash = 0;
  for (const value of [latencyMs, jitterMs, Math.round(lossPercent * 1_000_000), limitPackets]) hash = (Math.imul(hash, 31) + value) >>> 0;
  return `${(FIRST_HANDLE + (hash % HANDLES)).toString(16)}:`;
}
