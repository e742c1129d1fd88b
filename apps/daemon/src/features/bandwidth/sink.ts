/** From what pods, Namespaces, Subnets, QoSPolicies and the Node ask for to limits in force: formulas, keeper and reports put together. */
import { readQosPolicy, resources, type KubeObject, type Namespace, type Node, type Pod, type QoSPolicy, type Subnet } from '@kube-ovn/api';
import {
  deriveTable,
  formula,
  isSamePlainData,
  observe,
  repeat,
  watchCell,
  type Cell,
  type Scheduler,
  type SourceTable,
} from '@kube-ovn/dataflow';
import { patchSink, type Informer, type KubeClient } from '@kube-ovn/kube';
import type { Attachment } from '../attachment/record.ts';
import { JOIN_LINK } from '../join/join.formula.ts';
import { limitKeeper } from './keeper.ts';
import { attachmentLimits, nodeLimits } from './limits.formula.ts';
import { lookAtPolicers, notePolicers, type PolicedSwitch } from './police.ts';
import { NODE_LIMITS, type BandwidthReports } from './reports.ts';

/** What limits are made of, and where they are told. */
export interface LimitOptions {
  readonly client: KubeClient;
  readonly pods: Informer<Pod>;
  readonly namespaces: Informer<Namespace>;
  readonly subnets: Informer<Subnet>;
  readonly policies: Informer<QoSPolicy>;
  readonly node: Cell<Node | undefined>;
  readonly attachments: SourceTable<Attachment>;
  /** Links of the node. */
  readonly links: Cell<readonly { readonly name: string }[]>;
  readonly reports: BandwidthReports;
  readonly policed: PolicedSwitch;
  readonly scheduler: Scheduler;
  readonly failed: (error: unknown) => void;
}

/** Limits that are kept in force until this is disposed. */
export interface KeptLimits extends Disposable {
  /** All attachments that were there before this process are known: they may bear limits that nobody asks for any more. */
  loaded(): void;
  /** Resolves when what is asked for of an attachment has been tried. */
  settled(key: string): Promise<void>;
}

/** For limits that could not be carried out. */
const LOOK_AT_LIMITS_MS = 5_000;

/** Keep them. */
export function keepLimits(options: LimitOptions): KeptLimits {
  const { client, pods, namespaces, subnets, attachments, node, links, reports, scheduler } = options;
  const byContent = { equals: isSamePlainData };
  using stack = new DisposableStack();
  let found: ReadonlySet<string> | undefined;
  const keeper = limitKeeper({
    report: reports.report,
    poke: () => limiting.poke(),
    failed: options.failed,
    isFound: (key) => key === NODE_LIMITS || found === undefined || found.has(key),
    police: (key, wanted) => lookAtPolicers(options.policed, key, wanted),
    now: () => scheduler.now(),
  });
  const limiting = repeat(scheduler, LOOK_AT_LIMITS_MS, { work: () => keeper.flush(), failed: options.failed });
  stack.use(limiting);
  const isKnown = formula(() => [pods, namespaces, subnets, options.policies].every(({ synced }) => synced.value));
  const policies = stack.use(deriveTable('QoS policies', options.policies.table, (_, policy) => readQosPolicy(policy), byContent));
  // a Subnet's status changes with every pod, its annotations do not
  const subnetDefaults = stack.use(deriveTable('subnet defaults', subnets.table, (_, { metadata }) => annotated(metadata), byContent));
  const limits = stack.use(
    deriveTable(
      'limits',
      attachments,
      (_, attachment) =>
        isKnown.value
          ? attachmentLimits(attachment, {
              pod: pods.table.get(`${attachment.namespace}/${attachment.pod}`),
              namespace: (name) => namespaces.table.get(name),
              subnet: (name) => subnetDefaults.get(name),
              findPolicy: (name) => policies.get(name),
            })
          : undefined,
      byContent,
    ),
  );
  stack.use(
    observe(limits, (key, wanted) => {
      if (wanted?.ingress.means !== undefined) notePolicers(options.policed, key, wanted);
      keeper.changed(key, wanted);
    }),
  );
  const ofNode = formula(() => {
    const hasLink = links.value.some(({ name }) => name === JOIN_LINK);
    return node.value === undefined || !hasLink ? undefined : nodeLimits(node.value);
  }, byContent);
  stack.use(watchCell(ofNode, (wanted) => keeper.changed(NODE_LIMITS, wanted)));
  stack.use(
    patchSink({
      client,
      resource: resources.pod,
      wanted: reports.podPatches,
      observed: pods.table,
      written: (object) => pods.upsert(object),
      scheduler,
      ready: pods.synced,
    }),
  );
  const kept = stack.move();
  return {
    loaded: () => {
      found = new Set(attachments.keys());
    },
    settled: (key) => keeper.settled(key),
    [Symbol.dispose]: () => kept[Symbol.dispose](),
  };
}

function annotated({ name, annotations = {} }: KubeObject['metadata']): KubeObject {
  return { metadata: { name, annotations } };
}
