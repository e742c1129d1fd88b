/** `up --detach`: start the supervisor in the background and follow what it says until the lab is ready. */
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readManifest } from '../infra/manifest.ts';
import { pause } from '../infra/wait.ts';
import type { Layout } from '../infra/layout.ts';
import type { Print } from './progress.ts';

/** @returns exit code: that of the supervisor when it ends before the lab is up, else 0 */
export async function detach(layout: Layout, args: readonly string[], print: Print): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'kube-ovn-lab-'));
  const file = join(dir, 'output');
  const output = openSync(file, 'w', 0o600);
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1, 2), ...args.filter((arg) => arg !== '--detach')], {
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  let exitCode: number | undefined;
  child.once('exit', (code) => {
    exitCode = code ?? 1;
  });
  let printed = 0;
  const follow = (): string => {
    const text = readFileSync(file, 'utf8');
    const fresh = text.slice(printed, text.lastIndexOf('\n') + 1);
    printed += fresh.length;
    if (fresh !== '') print(fresh.trimEnd());
    return text;
  };
  // The supervisor says that it is up after the demo; the manifest says it before.
  while (exitCode === undefined && !/^\[.*\] lab \S+ is up;/m.test(follow())) await pause(100);
  follow();
  rmSync(dir, { recursive: true });
  child.unref();
  return exitCode ?? (readManifest(layout.manifest).length > 0 ? 0 : 1);
}
