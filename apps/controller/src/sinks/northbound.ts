/** Writes what features want of OVN Northbound: fragments → planner → one transaction at a time. */
import { observe, type Table } from '@kube-ovn/dataflow';
import { nbIdentities } from '@kube-ovn/ovn-model';
import {
  type BrakeLimits,
  type Clock,
  type DatabaseClient,
  type Fragment,
  type OvsdbError,
  type Synchronizer,
  synchronize,
} from '@kube-ovn/ovsdb';

export interface NorthboundSinkOptions {
  readonly client: DatabaseClient;
  readonly clock: Clock;
  readonly fragments: Table<Fragment>;
  /** An empty list from a sick API server must not empty OVN: a larger share of our rows to delete than this stops the first plan. */
  readonly brakeShare: number;
  /** A fragment that OVN refuses, or no longer does. */
  readonly onReport: (owner: string, problem: OvsdbError | undefined) => void;
  /** Send nothing. */
  readonly isRehearsal?: boolean | undefined;
}

/** Fewer rows than this are deleted without a question. */
const brakeMinimum = 50;

/** When the brake engages. */
export function brakeLimits(share: number): BrakeLimits {
  return { share, minimum: brakeMinimum };
}

export interface NorthboundSink extends AsyncDisposable {
  readonly synchronizer: Synchronizer;
}

/** Keep OVN as wanted until disposed. The first transaction holds the difference to what all fragments together say. */
export function northboundSink(options: NorthboundSinkOptions): NorthboundSink {
  const synchronizer = synchronize({
    client: options.client,
    clock: options.clock,
    identities: nbIdentities,
    brake: brakeLimits(options.brakeShare),
  });
  synchronizer.onReport(options.onReport);
  const observer = observe(options.fragments, (owner, fragment) => synchronizer.want(owner, fragment));
  if (options.isRehearsal !== true) synchronizer.setReady(true);
  return {
    synchronizer,
    [Symbol.asyncDispose]: async () => {
      synchronizer.setReady(false);
      observer[Symbol.dispose]();
      await synchronizer[Symbol.asyncDispose]();
    },
  };
}
