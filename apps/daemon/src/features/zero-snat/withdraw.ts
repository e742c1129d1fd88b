/**
 * Connections without NAT that changes nothing.
 *
 * ovn-controller commits every connection with NAT to no address (`ct(commit,nat(src))`) where the datapath says that it can do so
 * (`ct_zero_snat`): the source port then gives way if another connection has it. The userspace datapath of Open vSwitch before 3.3.0 keeps
 * two entries for a connection with NAT. When both have the same addresses, and a packet comes after the connection has expired but
 * before it was swept out, one is taken for the other and ovs-vswitchd ends: two packets of UDP a minute apart are enough, and the
 * whole node stands still until it is up again, without any of its connections.
 *
 * The way out is to say for the datapath that it cannot do it. Connections that were committed before are as dangerous as long as they
 * last, so the datapath is made to forget all of them once; ovs-vswitchd has mostly just begun then, and knows few.
 */
import { isBefore } from '../../sources/vswitchd-version.ts';
import type { VswitchdControl } from '../../sources/vswitchd-control.ts';
import type { ZeroSnat } from '../../sources/zero-snat.ts';
import type { Remedy } from '../remedy.ts';

export interface ZeroSnatOptions {
  readonly mode: Remedy;
  readonly state: () => ZeroSnat;
  readonly withdraw: () => Promise<void>;
  readonly forgotten: () => Promise<void>;
  readonly control: VswitchdControl;
  /** In milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** The first version whose connections have one entry for both directions. */
const MENDED = [3, 3, 0] as const;
/** ovn-controller has other flows in some 50 ms. */
const SETTLE_MS = 1_000;

/** Do what is needed now. @returns whether connections were forgotten */
export async function withdrawZeroSnat({ mode, state, withdraw, forgotten, control, sleep }: ZeroSnatOptions): Promise<boolean> {
  if (mode === 'false' || state() === 'gone') return false;
  if (state() === 'offered') {
    if (mode === 'auto' && !isBefore(await control('version'), MENDED)) return false;
    await withdraw();
  }
  await sleep(SETTLE_MS);
  await control('dpctl/flush-conntrack');
  await forgotten();
  return true;
}
