/** Counters of a node's interfaces, and the rates between two looks at them. Pure. */

/** What went through a port since it was made, as its switch counts. Pods' ports: what comes in, the pod has sent. */
export interface PortCounters {
  readonly in: Counts;
  readonly out: Counts;
  /** Age of the port, by which times between two looks are told exactly. */
  readonly seconds: number;
}

export interface Counts {
  readonly packets: number;
  readonly bytes: number;
  /** Undefined where the datapath does not count them. */
  readonly drops: number | undefined;
}

/**
 * By OpenFlow port number.
 *
 * @param text what `ovs-ofctl -O OpenFlow13 --no-names dump-ports` prints
 * @source ovs-ofctl(8) dump-ports; OpenFlow 1.3 §7.3.5.6: "?" where a counter is not kept
 */
export function readPorts(text: string): ReadonlyMap<number, PortCounters> {
  const ports = new Map<number, PortCounters>();
  for (const block of text.split(/^\s*port +/m).slice(1)) {
    const number = Number(/^\d+/.exec(block)?.[0]);
    const [came, went] = [countsOf(block, 'rx'), countsOf(block, 'tx')];
    const seconds = Number(/duration=([\d.]+)s/.exec(block)?.[1]);
    if (came !== undefined && went !== undefined && Number.isFinite(seconds) && Number.isInteger(number))
      ports.set(number, { in: came, out: went, seconds });
  }
  return ports;
}

function countsOf(block: string, direction: 'rx' | 'tx'): Counts | undefined {
  const found = new RegExp(`${direction} pkts=(\\d+), bytes=(\\d+), drop=(\\d+|\\?)`).exec(block);
  if (found === null) return undefined;
  return { packets: Number(found[1]), bytes: Number(found[2]), drops: found[3] === '?' ? undefined : Number(found[3]) };
}

/** Of one direction, in a second; drops are those of the whole time. */
export interface Rate {
  readonly packetsPerSecond: number;
  readonly bytesPerSecond: number;
  readonly drops: number | undefined;
}

/** Undefined for a port that was made anew between the looks. */
export function ratesOf(before: PortCounters, after: PortCounters): { readonly in: Rate; readonly out: Rate } | undefined {
  const seconds = after.seconds - before.seconds;
  if (seconds <= 0) return undefined;
  const [came, went] = [rate(before.in, after.in, seconds), rate(before.out, after.out, seconds)];
  return came === undefined || went === undefined ? undefined : { in: came, out: went };
}

function rate(before: Counts, after: Counts, seconds: number): Rate | undefined {
  if (after.packets < before.packets || after.bytes < before.bytes) return undefined;
  return {
    packetsPerSecond: (after.packets - before.packets) / seconds,
    bytesPerSecond: (after.bytes - before.bytes) / seconds,
    drops: after.drops === undefined || before.drops === undefined ? undefined : Math.max(0, after.drops - before.drops),
  };
}
