/**
 * Connections to endpoints that are gone. The node's kernel and Open vSwitch go on translating them as when they were made, and their clients
 * would wait in vain: so both are made to forget them, and the next packet goes to an endpoint that is there, or is refused.
 *
 * One of UDP is forgotten when its endpoint answers no more; one of TCP not before it is gone, since it may last longer than its pod is ready.
 */
import type { SliceInput, TransportProtocol } from '@kube-ovn/api';
import type { Answerer } from '@kube-ovn/host';

/** What answers connections, by a text that tells it from others. */
function answerersOf({ family, endpoints, ports }: SliceInput): ReadonlyMap<string, Answerer> {
  const answerers = new Map<string, Answerer>();
  for (const { protocol, port } of ports)
    for (const { address, isReady, isDraining } of endpoints)
      if (protocol !== 'udp' || isReady || isDraining) answerers.set(`${protocol} ${address} ${port}`, { protocol, family, address, port });
  return answerers;
}

export interface StaleOptions {
  /** In the node's kernel. */
  readonly forget: (gone: Answerer) => Promise<void>;
  /** In Open vSwitch. */
  readonly forgetInSwitch: (gone: Answerer) => Promise<void>;
  /** Milliseconds. */
  readonly now: () => number;
}

/** What is to be forgotten. */
export interface StaleConnections {
  /**
   * An EndpointSlice is as told now.
   * @param isServed its service exists, and has an address. Else nothing is forgotten: connections outlive the service that led to them.
   */
  changed(key: string, slice: SliceInput | undefined, isServed: (service: string) => boolean): void;
  /** Forget what is due. @returns false while there is more to do later */
  flush(): Promise<boolean>;
}

/**
 * When Open vSwitch is made to forget, in milliseconds after an endpoint has gone. Until ovn-controller has the new flows a packet would make
 * the connection anew as it was; it takes some 50 ms, and some seconds in a large cluster.
 */
const IN_SWITCH_MS: readonly number[] = [1_000, 10_000];

/** The same for the kernel: at once, and again in case the node's table of services was not written yet. */
const IN_KERNEL_MS: readonly number[] = [0, 1_000];

interface Due {
  readonly gone: Answerer;
  readonly atMs: number;
  readonly forget: (gone: Answerer) => Promise<void>;
}

/** Nothing is known of endpoints that went before this was made. */
export function staleConnections({ forget, forgetInSwitch, now }: StaleOptions): StaleConnections {
  const slices = new Map<string, { readonly service: string; readonly answerers: ReadonlyMap<string, Answerer> }>();
  /** In how many slices each is. */
  const counts = new Map<string, number>();
  let due: readonly Due[] = [];
  const count = (name: string, by: 1 | -1): number => {
    const next = (counts.get(name) ?? 0) + by;
    if (next === 0) counts.delete(name);
    else counts.set(name, next);
    return next;
  };
  return {
    changed: (key, slice, isServed) => {
      const before = slices.get(key);
      const after = slice === undefined ? undefined : { service: slice.service, answerers: answerersOf(slice) };
      for (const name of after?.answerers.keys() ?? []) count(name, 1);
      for (const [name, gone] of before?.answerers ?? []) {
        if (count(name, -1) > 0 || !isServed(before?.service ?? '')) continue;
        const at = (forget: Due['forget'], delays: readonly number[]): readonly Due[] =>
          delays.map((ms) => ({ gone, atMs: now() + ms, forget }));
        due = [...due, ...at(forget, IN_KERNEL_MS), ...at(forgetInSwitch, IN_SWITCH_MS)];
      }
      if (after === undefined) slices.delete(key);
      else slices.set(key, after);
    },
    flush: async () => {
      // One that is back by now keeps its connections.
      due = due.filter(({ gone: { protocol, address, port } }) => !counts.has(`${protocol} ${address} ${port}`));
      for (const each of due.filter(({ atMs }) => atMs <= now())) {
        await each.forget(each.gone);
        due = due.filter((other) => other !== each);
      }
      return due.length === 0;
    },
  };
}

const NUMBERS: Readonly<Record<TransportProtocol, number>> = { tcp: 6, udp: 17, sctp: 132 };

/** Arguments of `dpctl/flush-conntrack` for the connections that one answers, in all zones. @source ovs-dpctl(8) flush-conntrack, ovs-fields(7) */
export function switchTuples({ protocol, family, address, port }: Answerer): readonly string[] {
  return ['', `${family === 6 ? 'ct_ipv6_src' : 'ct_nw_src'}=${address},ct_nw_proto=${NUMBERS[protocol]},ct_tp_src=${port}`];
}
