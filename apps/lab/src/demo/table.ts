/** The table of the demo's pods: pure. */
import { renderTable } from '../matrix/render.ts';
import type { DemoPod } from './demo.ts';

export function renderPods(pods: readonly DemoPod[]): string {
  const rows = pods
    .map(({ pod, mac, subnet, readyAfterMs }) => [
      `${pod.metadata.namespace}/${pod.metadata.name}`,
      pod.spec.nodeName ?? '',
      (pod.status?.podIPs ?? []).map(({ ip }) => ip).join(','),
      mac || '-',
      subnet,
      readyAfterMs === undefined ? '-' : String(readyAfterMs),
    ])
    .toSorted(([a = ''], [b = '']) => a.localeCompare(b));
  return renderTable(['pod', 'node', 'IP', 'MAC', 'subnet', 'ready after ms'], rows);
}
