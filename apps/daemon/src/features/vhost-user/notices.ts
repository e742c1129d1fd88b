/**
 * Events of the Node when its Open vSwitch gets DPDK, or has it no more.
 */
import type { Node } from '@kube-ovn/api';
import type { EventRecorder } from '@kube-ovn/kube';
import { dpdkProblem, type DpdkState } from './dpdk-state.ts';

/** What is told, and of whom; a node that is not known yet is told nothing. */
export interface DpdkSituation {
  readonly dpdk: DpdkState;
  readonly node: Pick<Node['metadata'], 'name' | 'uid'> | undefined;
}

/** To be called with each situation. A node that starts without DPDK is no news. */
export function dpdkNotices(events: Pick<EventRecorder, 'event'>): (now: DpdkSituation) => void {
  let had = false;
  return ({ dpdk, node }) => {
    const problem = dpdkProblem(dpdk);
    const has = problem === undefined;
    if (node === undefined || has === had) return;
    had = has;
    const reference = { apiVersion: 'v1', kind: 'Node', name: node.name, uid: node.uid ?? '' };
    if (has)
      events.event(
        reference,
        'Normal',
        'DPDKReady',
        `Open vSwitch has ${dpdk.version ?? 'DPDK'}: pods can have interfaces over vhost-user`,
      );
    else events.event(reference, 'Warning', 'DPDKLost', `no further interfaces over vhost-user: ${problem}`);
  };
}
