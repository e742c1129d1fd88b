/** `up`: start a lab, run the demo, stay. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LabError } from '../errors.ts';
import { measurementOf, runDemo } from '../demo/demo.ts';
import { renderPods } from '../demo/table.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { measure } from '../matrix/measure.ts';
import { renderFailures, renderMatrix, renderSummary } from '../matrix/render.ts';
import type { Verdict } from '../matrix/checks.ts';
import type { UpOptions } from './arguments.ts';
import { progressPrinter, type Print } from './progress.ts';

export interface UpPorts {
  readonly print: Print;
  /** fires when the person, or `down`, wants it to end */
  readonly signal: AbortSignal;
}

/**
 * Run a lab in the foreground.
 *
 * @returns exit code: 0, or 1 when something was not as expected
 */
export async function up(options: UpOptions, ports: UpPorts): Promise<number> {
  const { print, signal } = ports;
  const progress = progressPrinter(print, () => performance.now());
  const { layout } = options;
  const lab = await startLab({ layout, progress, port: options.port, kubeconfig: options.kubeconfig, signal });
  let isAsExpected = true;
  try {
    if (options.demo) isAsExpected = await demonstrate(lab, options, { progress, ...ports });
    progress(`lab ${layout.name} is up; kubeconfig: ${lab.kubeconfig}`);
    progress(`web page: http://127.0.0.1:${lab.replicas[0]?.webPort}`);
    if (!options.once) {
      print(
        `\n  export KUBECONFIG=${lab.kubeconfig}\n  kubectl get pods -A -o wide\n\nTo remove everything: npm run lab -- down${layout.name === 'ko' ? '' : ` --name ${layout.name}`} (in the foreground, Ctrl-C does it too)\n`,
      );
      await untilAborted(signal);
    }
  } catch (error) {
    if (!(error instanceof LabError) || error.code !== 'LAB_CANCELLED') {
      isAsExpected = false;
      print(`lab: ${error instanceof Error ? error.message : String(error)}`);
    }
    // Something is wrong, and whoever watches may want to look at it; `--once` has nobody who watches.
    if (!options.once && !signal.aborted) await untilAborted(signal);
  } finally {
    progress('taking the lab down');
    await lab.stop();
    progress('nothing is left');
  }
  return isAsExpected ? 0 : 1;
}

async function demonstrate(lab: Lab, options: UpOptions, ports: UpPorts & { readonly progress: Print }): Promise<boolean> {
  const { layout } = options;
  const { print, progress, signal } = ports;
  const pods = await runDemo({ layout, client: lab.client, timeoutMs: options.timeoutMs, signal, progress });
  progress(`all ${pods.length} pods are Ready`);
  print(`\n${renderPods(pods)}\n`);
  const verdicts = await measure(measurementOf(layout, pods));
  return report(verdicts, { print, progress });
}

/** Print what was measured; true when all of it was as expected. */
export function report(verdicts: readonly Verdict[], { print, progress }: { readonly print: Print; readonly progress: Print }): boolean {
  const failures = verdicts.filter(({ isAsExpected }) => !isAsExpected).length;
  progress(`measured ${verdicts.length} paths`);
  print(`\n${renderMatrix(verdicts)}\n\n${renderSummary(verdicts)}\n`);
  if (failures > 0) print(`${failures} of ${verdicts.length} were not as expected:\n${renderFailures(verdicts)}\n`);
  else print(`all ${verdicts.length} are as expected\n`);
  return failures === 0 && verdicts.length > 0;
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  await sleep(2 ** 31 - 1, undefined, { signal }).catch(() => undefined);
}
