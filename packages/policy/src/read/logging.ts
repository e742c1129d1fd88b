/** Annotations about logging → Logging. @source Kube-OVN, annotations of NetworkPolicy */
import type { Logging } from '../model.ts';
import type { Metadata } from './objects.ts';
import { complain, type Report } from './report.ts';

const prefix = 'ovn.kubernetes.io/';

/** Records per second where nobody says how many: enough to see what happens, too few to fill a disk. */
const defaultRate = 100;

/** What is logged; undefined when nothing is. */
export function readLogging(report: Report, { annotations = {} }: Metadata): Logging | undefined {
  if (annotations[`${prefix}enable_log`] !== 'true') return undefined;
  const path = `${prefix}log_acl_actions`;
  const actions = (annotations[path] ?? 'drop').split(',').map((word) => word.trim());
  const unknown = actions.filter((word) => word !== 'allow' && word !== 'drop');
  if (unknown.length > 0) complain({ report, path }, unknown.join(','), 'name allow, drop or both, separated by a comma');
  return {
    allow: actions.includes('allow'),
    drop: actions.includes('drop'),
    rate: readRate(report, annotations[`${prefix}acl_log_meter_rate`]),
  };
}

function readRate(report: Report, text: string | undefined): number {
  if (text === undefined) return defaultRate;
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  complain({ report, path: `${prefix}acl_log_meter_rate` }, text, 'write a number of records per second from 1 to 9999999');
  return defaultRate;
}
