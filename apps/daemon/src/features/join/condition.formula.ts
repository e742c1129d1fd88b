/**
 * The node's condition NetworkUnavailable: whether its way into the network works.
 *
 * Wants: one condition of the Node. Schedulers keep pods away while it is True.
 * @source core/v1 NodeCondition NetworkUnavailable; reasons are Kube-OVN's
 */
import type { ConditionState } from '@kube-ovn/api';

/** The condition, or undefined as long as nothing is known. */
export function networkCondition(input: {
  readonly isJoined: boolean;
  readonly silentGateways: readonly string[] | undefined;
}): ConditionState | undefined {
  const { isJoined, silentGateways } = input;
  if (!isJoined || silentGateways === undefined) return undefined;
  const type = 'NetworkUnavailable';
  if (silentGateways.length === 0) {
    return { type, status: 'False', reason: 'JoinSubnetGatewayReachable', message: 'the gateway of the join subnet answers' };
  }
  return {
    type,
    status: 'True',
    reason: 'JoinSubnetGatewayUnreachable',
    message: `the gateway of the join subnet does not answer: ${silentGateways.join(', ')}`,
  };
}
