/**
 * The CNI verbs over the node's attachments.
 *
 * Attachments are held in a table, which the planner writes to the node's database and which is read back from there when the daemon
 * starts. So every verb is: look, change the table, wait until the database and ovn-controller agree.
 */
import { CNI_TYPE, cniErrorCodes, type CniRequest, type CniResponse } from '@kube-ovn/api';
import { sleep, type Scheduler, type SourceTable } from '@kube-ovn/dataflow';
import { CniFailure, tryAgainLater } from '../../errors.ts';
import { attach, removeLink, type AttachPhase } from './attach.ts';
import { awaitPod, type PodSources } from './await-pod.ts';
import { refuseVhostUser, vhostUserOf, wantsVhostUser, type VhostFacts } from '../vhost-user/vhost-user.formula.ts';
import { releaseVolume } from '../vhost-user/volumes.ts';
import { movedAttachment, moveRoutes } from './gateway-move.ts';
import { KeyedTurns } from './keyed-turns.ts';
import { hostLinkName } from './link-name.ts';
import { probeDelegated } from './probe-delegated.ts';
import { planAttach, planDelegated, type AttachPlan } from './plan.ts';
import { attachmentKey, attachmentKeyOf, type Attachment, type VhostUser } from './record.ts';
import { attachmentDifferences, resultDifferences } from './verify.ts';

/** The node's database as the verbs need it. */
export interface PortState {
  /** Resolves when the flows of the port are installed. @throws {CniFailure} */
  installed(attachment: Attachment): Promise<void>;
  /** Whether they are, now. */
  isInstalled(attachment: Attachment): boolean;
  /** Resolves when nothing of the attachment is in the database any more, or after a bounded time. */
  gone(attachment: Pick<Attachment, 'containerId' | 'ifName' | 'hostLink'>): Promise<void>;
  /** Resolves when ovs-vswitchd has carried out what the database says, or after a bounded time. */
  applied(): Promise<void>;
  /** Ports of that name which are ours without being an attachment (left by an earlier version): let them go. */
  releaseFound(hostLink: string): void;
}

/** What the node knows beside pods and ports. */
export interface NodeFacts extends VhostFacts {
  readonly overlayMtuBytes: number;
  /** Largest packet on the physical network of a Vlan. */
  readonly underlayMtuBytes: (vlan: string) => number;
  readonly isUserspaceDatapath: boolean;
}

/** Duration of a phase of ADD: the wait for an address, then the phases of attaching. */
export type AddPhase = 'address' | AttachPhase;

/** What the service works on. */
export interface ServiceOptions {
  readonly attachments: SourceTable<Attachment>;
  readonly sources: PodSources;
  readonly ports: PortState;
  /** Undefined while the node is not ready to serve; then `reason` says why. */
  readonly facts: () => { readonly facts: NodeFacts } | { readonly reason: string };
  readonly scheduler: Scheduler;
  readonly measured: (phase: AddPhase, seconds: number) => void;
  /** Resolves when the limits of an attachment are in force, or could not be made so. */
  readonly limited: (key: string) => Promise<void>;
}

/** The verbs. Failures are `CniFailure`s. */
export interface AttachmentService {
  add(request: CniRequest): Promise<CniResponse>;
  del(request: CniRequest): Promise<void>;
  check(request: CniRequest): Promise<void>;
  gc(request: CniRequest): Promise<void>;
  /** Take an attachment away for which nobody will call DEL. */
  remove(attachment: Attachment): Promise<void>;
  /** Give a pod that runs the gateways that its annotations tell. @returns the attachment with them; undefined when it has them */
  followGateway(key: string): Promise<Attachment | undefined>;
}

/** Make the service of a node. */
export function attachmentService(options: ServiceOptions): AttachmentService {
  const { attachments } = options;
  const turns = new KeyedTurns();

  return {
    add: (request) => {
      if (request.cni_type !== CNI_TYPE) return delegated(request, options);
      return turns.run(keyOf(request), () => addInterface(request, options));
    },
    del: async (request) => {
      // addresses alone are the controller's to take back, when the pod is gone
      if (request.cni_type === CNI_TYPE)
        await turns.run(keyOf(request), () => detach({ containerId: request.container_id, ifName: request.if_name }, options));
    },
    check: (request) => turns.run(keyOf(request), () => checkInterface(request, options)),
    gc: async (request) => {
      const valid = new Set((request.valid_attachments ?? []).map(attachmentKeyOf));
      const garbage = [...attachments.keys()].flatMap((key) => {
        const attachment = attachments.peek(key);
        return attachment === undefined || attachment.network !== request.network || valid.has(key) ? [] : [attachment];
      });
      await Promise.all(garbage.map((attachment) => turns.run(attachmentKey(attachment), () => detach(attachment, options))));
    },
    remove: (attachment) => turns.run(attachmentKey(attachment), () => detach(attachment, options)),
    followGateway: (key) => turns.run(key, () => followGateway(key, options)),
  };
}

function keyOf(request: CniRequest): string {
  return attachmentKey({ containerId: request.container_id, ifName: request.if_name });
}

/** What is gone already is no error: runtimes repeat DEL. */
async function detach(of: Pick<Attachment, 'containerId' | 'ifName'>, { attachments, ports }: ServiceOptions): Promise<void> {
  const key = attachmentKey(of);
  const found = attachments.peek(key);
  const hostLink = found?.hostLink ?? hostLinkName(of);
  attachments.delete(key);
  ports.releaseFound(hostLink);
  await removeLink(hostLink);
  await ports.gone({ ...of, hostLink });
  if (found?.vhostUser !== undefined && !isShared(found.vhostUser, attachments)) releaseVolume(found.vhostUser);
}

function isShared({ directory }: VhostUser, attachments: SourceTable<Attachment>): boolean {
  return [...attachments.entries()].some(([, { vhostUser }]) => vhostUser?.directory === directory);
}

async function addInterface(request: CniRequest, options: ServiceOptions): Promise<CniResponse> {
  const { attachments, ports, scheduler } = options;
  const key = attachmentKey({ containerId: request.container_id, ifName: request.if_name });
  const existing = attachments.peek(key);
  if (existing !== undefined) {
    const isWhole = ports.isInstalled(existing) && (await attachmentDifferences(existing)).length === 0;
    if (isWhole && existing.netns === request.net_ns) return existing.answer;
    // a new link under the old rows would pass for installed before Open vSwitch has taken it up; and if it saw the old rows go and
    // the new ones come at once, it would go on reading from the link that is no more
    await detach(existing, options);
    await ports.applied();
  }
  const state = options.facts();
  if ('reason' in state) throw tryAgainLater('this node is not ready to give pods an interface', state.reason);
  const isVhostUser = wantsVhostUser(request);
  if (isVhostUser) refuseVhostUser(request, state.facts);
  const clock = stopwatch(options);
  const ready = await awaitPod(request, options.sources, scheduler);
  clock('address');
  const vhostUser = isVhostUser ? vhostUserOf(request, ready.podUid, state.facts) : undefined;
  const plan = planAttach({ request, ...ready, ...state.facts, vhostUser });
  await detachPredecessors(plan.attachment, options);
  await attach(plan, {
    bind: (bound: AttachPlan) => {
      attachments.set(key, bound.attachment);
      return () => attachments.delete(key);
    },
    isShared: (vhostUser) => isShared(vhostUser, attachments),
    installed: (bound) => ports.installed(bound.attachment),
    sleep: (ms) => sleep(scheduler, ms),
    cancelled: () =>
      options.sources.apiProblem.peek() === undefined && !options.sources.pods.has(`${request.pod_namespace}/${request.pod_name}`),
    phase: clock,
  });
  await options.limited(key);
  return plan.attachment.answer;
}

/**
 * A runtime that lost a pod's sandbox makes another one, perhaps before it calls DEL for the first. Two interfaces with one `iface-id`
 * on a node would fight for the logical port, so the newest has it.
 */
async function detachPredecessors(attachment: Attachment, options: ServiceOptions): Promise<void> {
  const key = attachmentKey(attachment);
  for (const [other, earlier] of options.attachments.entries()) {
    if (other !== key && earlier.port === attachment.port) await detach(earlier, options);
  }
}

/** The routes first: a daemon that dies between the two finds the record as it was, and goes on from there. */
async function followGateway(key: string, { attachments, sources }: ServiceOptions): Promise<Attachment | undefined> {
  const attachment = attachments.peek(key);
  const moved = attachment === undefined ? undefined : movedAttachment(attachment, sources.pods);
  if (attachment === undefined || moved === undefined) return undefined;
  await moveRoutes(attachment, moved);
  attachments.set(key, moved);
  return moved;
}

async function delegated(request: CniRequest, options: ServiceOptions): Promise<CniResponse> {
  const clock = stopwatch(options);
  const { pod } = await awaitPod(request, options.sources, options.scheduler);
  clock('address');
  await probeDelegated({ request, pod }, (ms) => sleep(options.scheduler, ms));
  clock('addresses');
  return planDelegated(pod, request);
}

/** @source CNI specification 1.1.0, "CHECK": an error when the interface is not as the result of ADD said */
async function checkInterface(request: CniRequest, options: ServiceOptions): Promise<void> {
  if (request.cni_type !== CNI_TYPE) {
    const { pod } = await awaitPod(request, options.sources, options.scheduler);
    refuse(resultDifferences(planDelegated(pod, request), request.prev_result));
    return;
  }
  const attachment = options.attachments.peek(attachmentKey({ containerId: request.container_id, ifName: request.if_name }));
  if (attachment === undefined) {
    throw new CniFailure(cniErrorCodes.unknownContainer, `container ${request.container_id} has no interface ${request.if_name} of ours`);
  }
  const found = await attachmentDifferences({ ...attachment, netns: request.net_ns });
  const port = options.ports.isInstalled(attachment) ? [] : [`the port ${attachment.port} is not installed`];
  refuse([...found, ...port, ...resultDifferences(attachment.answer, request.prev_result)]);
}

/** Code 100 and above are a plugin's own. @source CNI specification 1.1.0, "Error" */
const NOT_AS_ADDED = 100;

function refuse(found: readonly string[]): void {
  const [first, ...rest] = found;
  if (first !== undefined) throw new CniFailure(NOT_AS_ADDED, first, rest.length === 0 ? {} : { details: rest.join('; ') });
}

/** Reports the time since the last call, in seconds. */
function stopwatch({ scheduler, measured }: ServiceOptions): (phase: AddPhase) => void {
  let since = scheduler.now();
  return (phase) => {
    const now = scheduler.now();
    measured(phase, (now - since) / 1000);
    since = now;
  };
}
