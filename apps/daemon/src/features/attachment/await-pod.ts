/**
 * Wait until the controller has laid down what a pod's interface shall be.
 */
import { cniErrorCodes, type CniRequest, type Pod } from '@kube-ovn/api';
import { formula, watchCell, type Cell, type Scheduler, type Table } from '@kube-ovn/dataflow';
import { CniFailure, tryAgainLater } from '../../errors.ts';
import { readPodInterface, type PodInterface } from '../../inputs/pod-interface.ts';
import type { NodeSubnet } from '../../inputs/subnet.ts';

/** Where pods and subnets are seen. */
export interface PodSources {
  /** Pods of this node; key `namespace/name`. */
  readonly pods: Table<Pod>;
  readonly subnets: Table<NodeSubnet>;
  /** Why the API server's state is not known; undefined while it is. */
  readonly apiProblem: Cell<string | undefined>;
}

/** A pod's interface with its subnet. */
export interface ReadyPod {
  readonly pod: PodInterface;
  readonly podUid: string;
  readonly subnet: NodeSubnet;
}

type Outlook =
  | { readonly state: 'ready'; readonly value: ReadyPod }
  | { readonly state: 'waiting'; readonly reason: string }
  | { readonly state: 'bad'; readonly failure: CniFailure };

/** A controller that is up needs some ten milliseconds; one that fails over, some seconds. The runtime repeats the call afterwards. */
const ADDRESS_TIMEOUT_MS = 30_000;

/**
 * Resolves when the pod's addresses are there.
 * @throws {CniFailure} 11 after 30 s, with the reason; 7 when the annotations cannot be read
 */
export async function awaitPod(request: CniRequest, sources: PodSources, scheduler: Scheduler): Promise<ReadyPod> {
  const outlook = formula(() => look(request, sources));
  return new Promise<ReadyPod>((resolve, reject) => {
    let isSettled = false;
    let subscription: Disposable | undefined;
    const settle = (end: () => void): void => {
      if (isSettled) return;
      isSettled = true;
      cancel();
      subscription?.[Symbol.dispose]();
      end();
    };
    const cancel = scheduler.setTimeout(() => settle(() => reject(late(outlook.peek()))), ADDRESS_TIMEOUT_MS);
    subscription = watchCell(outlook, (now) => {
      if (now.state === 'ready') settle(() => resolve(now.value));
      if (now.state === 'bad') settle(() => reject(now.failure));
    });
    // the watcher may have been called before `subscription` was known
    if (isSettled) subscription[Symbol.dispose]();
  });
}

function look(request: CniRequest, { pods, subnets, apiProblem }: PodSources): Outlook {
  const name = `${request.pod_namespace}/${request.pod_name}`;
  const problem = apiProblem.value;
  const because = problem === undefined ? '' : `; the API server cannot be asked: ${problem}`;
  const pod = pods.get(name);
  if (pod === undefined) return { state: 'waiting', reason: `pod ${name} is not known on this node${because}` };
  const podUid = pod.metadata.uid ?? '';
  if (request.pod_uid !== undefined && podUid !== '' && request.pod_uid !== podUid) {
    // a StatefulSet gives the successor its predecessor's name; the predecessor's address is not for it
    return { state: 'waiting', reason: `pod ${name} is still known as ${podUid}, not as ${request.pod_uid}${because}` };
  }
  const reading = readPodInterface(pod, { provider: request.provider, ifName: request.if_name });
  if (reading.state === 'bad') {
    return {
      state: 'bad',
      failure: new CniFailure(cniErrorCodes.invalidConfiguration, reading.problem.message, { details: reading.problem.hint }),
    };
  }
  if (reading.state === 'waiting') return { state: 'waiting', reason: reading.reason + because };
  const subnet = subnets.get(reading.value.subnet);
  if (subnet === undefined) return { state: 'waiting', reason: `subnet ${reading.value.subnet} of pod ${name} is not known${because}` };
  return { state: 'ready', value: { pod: reading.value, podUid, subnet } };
}

function late(outlook: Outlook): CniFailure {
  const reason = outlook.state === 'waiting' ? outlook.reason : 'the pod changed at the last moment';
  return tryAgainLater(`no address within ${ADDRESS_TIMEOUT_MS / 1000} s`, reason);
}
