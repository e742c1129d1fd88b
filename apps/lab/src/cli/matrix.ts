/** `matrix`: measure the demo of a running lab again. */
import { join } from 'node:path';
import { kubeClient } from '@kube-ovn/kube';
import { LabError } from '../errors.ts';
import { currentDemo, measurementOf } from '../demo/demo.ts';
import { layoutOf, STATE_ROOT, type Families } from '../infra/layout.ts';
import { readManifest } from '../infra/manifest.ts';
import { measure } from '../matrix/measure.ts';
import { progressPrinter, type Print } from './progress.ts';
import { report } from './up.ts';

/** @returns exit code: 0 when all is as expected, else 1 */
export async function matrix(name: string, print: Print): Promise<number> {
  const entries = readManifest(join(STATE_ROOT, name, 'manifest.jsonl'));
  const shape = entries.find((entry) => entry.kind === 'lab');
  const ready = entries.findLast((entry) => entry.kind === 'phase' && entry.phase === 'ready');
  if (shape?.kind !== 'lab' || ready?.kind !== 'phase' || ready.text === undefined)
    throw new LabError('LAB_USAGE', `lab ${name} is not up; "up --name ${name}" starts it`);
  const layout = layoutOf({ name, nodes: shape.nodes, raft: shape.raft, families: shape.families as Families });
  const client = kubeClient({ kubeconfig: ready.text });
  try {
    const verdicts = await measure(measurementOf(layout, await currentDemo(client)));
    return report(verdicts, { print, progress: progressPrinter(print, () => performance.now()) }) ? 0 : 1;
  } finally {
    client.close();
  }
}
