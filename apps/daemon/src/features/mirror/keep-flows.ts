/** Rules of `br-mirror` are as they shall be; an ovs-vswitchd that was started anew has none. */
import { dirname, join } from 'node:path';
import type { SourceCell } from '@kube-ovn/dataflow';
import type { FlowState } from './features.ts';
import { MIRROR_BRIDGE } from './rows.ts';

export interface FlowKeeper {
  readonly wanted: () => readonly string[] | undefined;
  readonly state: SourceCell<FlowState>;
  /** Path of the control socket of ovs-vswitchd: those of the bridges are beside it. */
  readonly controlSocket: () => Promise<string>;
  readonly replace: (bridge: string, rules: readonly string[]) => Promise<void>;
}

/** Write them, if they differ. @throws what went wrong, which the state tells too */
export async function keepFlows({ wanted, state, controlSocket, replace }: FlowKeeper): Promise<void> {
  const flows = wanted();
  if (flows === undefined) {
    state.set({ written: undefined, problem: undefined });
    return;
  }
  try {
    await replace(join(dirname(await controlSocket()), `${MIRROR_BRIDGE}.mgmt`), flows);
    state.set({ written: flows, problem: undefined });
  } catch (error) {
    state.set({ written: undefined, problem: error instanceof Error ? error.message : String(error) });
    throw error;
  }
}
