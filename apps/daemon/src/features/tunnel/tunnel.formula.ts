/**
 * Whether the other ends of the node's tunnels answer, where OVN watches them (BFD; it does between gateway nodes and whoever uses them).
 *
 * Reads: tunnels of br-int. Wants: one condition of the Node, once any tunnel is watched.
 */
import type { ConditionState } from '@kube-ovn/api';

/** A tunnel to another node. */
export interface Tunnel {
  /** Address of its other end. */
  readonly remote: string;
  /** Whether that answers; undefined where nobody asks it. @source Open_vSwitch Interface.bfd_status:forwarding */
  readonly isUp: boolean | undefined;
}

/** An addition to Kubernetes' own types of conditions. */
export const TUNNEL_CONDITION = 'TunnelUnavailable';

/** The condition, or undefined as long as there is nothing to tell. */
export function tunnelCondition(tunnels: readonly Tunnel[], isTold: boolean): ConditionState | undefined {
  const watched = tunnels.filter(({ isUp }) => isUp !== undefined);
  if (watched.length === 0 && !isTold) return undefined;
  const silent = watched.filter(({ isUp }) => isUp === false).map(({ remote }) => remote);
  const type = TUNNEL_CONDITION;
  if (watched.length === 0) return { type, status: 'False', reason: 'TunnelsNotWatched', message: 'no tunnel of this node is watched' };
  if (silent.length === 0)
    return { type, status: 'False', reason: 'TunnelsAnswer', message: 'the other end of every tunnel that is watched answers' };
  return { type, status: 'True', reason: 'TunnelsSilent', message: `no answer through the tunnel to ${silent.toSorted().join(', ')}` };
}
