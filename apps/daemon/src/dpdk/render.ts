/**
 * A plan as lines of text.
 */
import { formatFinding, formatStep, settingsThatNeedRestart, type DpdkPlanResult } from '@kube-ovn/datapath-dpdk';

/** How Open vSwitch stands. */
export interface SwitchSituation {
  /** `Open_vSwitch.other_config` */
  readonly otherConfig: Readonly<Record<string, string>>;
  readonly isInitialized: boolean;
}

/** Say what a plan does, what it leaves out, and what remains to be done. */
export function renderPlan(result: DpdkPlanResult, now: SwitchSituation): readonly string[] {
  const refused = result.refusals.map((refusal) => `refused: ${formatFinding(refusal)}`);
  if (!result.ok) return refused;
  const { plan, warnings } = result;
  const settings = Object.entries(plan.otherConfig).filter(([key, value]) => now.otherConfig[key] !== value);
  return [
    ...plan.steps.map((step) => `step: ${formatStep(step)}`),
    ...settings.map(([key, value]) => `setting: other_config:${key}=${value}${was(now.otherConfig[key])}`),
    ...plan.ports.map(({ name, bridge, devargs }) => `port: ${name} of ${bridge}: ${devargs}`),
    ...warnings.map((warning) => `warning: ${formatFinding(warning)}`),
    ...refused,
    ...restart(result, now),
  ];
}

function was(value: string | undefined): string {
  return value === undefined ? '' : ` (was ${value})`;
}

function restart(result: DpdkPlanResult, now: SwitchSituation): readonly string[] {
  if (!result.ok) return [];
  const keys = settingsThatNeedRestart(now.otherConfig, result.plan.otherConfig);
  if (keys.length > 0) return [`then: start ovs-vswitchd anew (${keys.join(', ')})`];
  return now.isInitialized ? [] : ['then: start ovs-vswitchd with DPDK; ports follow by another apply'];
}
