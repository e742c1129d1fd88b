/**
 * Runs kubectl against a server under test.
 *
 * `npm test` sees to it that the kubectl of PATH is new enough (`tools/kubectl.ts`): Debian 12 has 1.20, which is too old for
 * server-side validation and WebSocket exec. The protocol tests beside this one need no kubectl.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const leastMinor = 29;

/** How a command ended. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** kubectl with a kubeconfig and a cache of its own. */
export interface Kubectl extends Disposable {
  (args: readonly string[], input?: string): Promise<Ran>;
}

/** Fail, and say the way out, where kubectl is missing or too old. */
export async function requireKubectl(): Promise<void> {
  const { stdout } = await run('kubectl', ['version', '--client', '-o', 'json'], { timeout: 20_000 });
  const { clientVersion } = JSON.parse(stdout) as { clientVersion: { minor: string } };
  if (Number.parseInt(clientVersion.minor, 10) < leastMinor)
    throw new Error(
      `kubectl 1.${clientVersion.minor} is older than 1.${leastMinor}: run "npm test" at the root once, and put .cache/bin first in PATH`,
    );
}

/** A kubectl bound to a kubeconfig. */
export function kubectl(kubeconfig: string): Kubectl {
  const cache = mkdtempSync(join(tmpdir(), 'lab-kubectl-'));
  const call = (args: readonly string[], input?: string): Promise<Ran> =>
    new Promise((resolve, reject) => {
      const child = spawn('kubectl', [`--kubeconfig=${kubeconfig}`, `--cache-dir=${cache}`, ...args], {
        timeout: 30_000,
        env: { ...process.env, HOME: cache },
      });
      let [out, err] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
      child.once('error', reject);
      child.once('close', (code) => resolve({ code: code ?? -1, out, err }));
      child.stdin.end(input);
    });
  return Object.assign(call, { [Symbol.dispose]: () => rmSync(cache, { recursive: true, force: true }) });
}
