import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';

/** What was built. */
export interface BuiltPlugin {
  /** The executable to install as `kube-ovn`. */
  readonly program: string;
  /** One JavaScript file for any Node 20 or newer. */
  readonly script: string;
  readonly form: 'standalone executable' | 'script for the Node on the PATH';
}

const ENTRY = fileURLToPath(new URL('../src/main.ts', import.meta.url));
/** Our packages are bundled from their sources. */
const CONDITION = '@kube-ovn/source';
const BUILD_TIMEOUT_MS = 120_000;

/**
 * Build the plugin into a directory (docs/adr/0004-cni-binary.md says why in these forms).
 *
 * Where the npm package with Bun's executable is missing (a platform without one, `--omit=optional`), `program` is the script.
 */
export async function buildPlugin(directory: string): Promise<BuiltPlugin> {
  await mkdir(directory, { recursive: true });
  const program = join(directory, 'kube-ovn');
  const script = join(directory, 'kube-ovn.js');
  await buildScript(script);
  const bun = bunExecutable();
  if (bun === undefined) {
    await copyFile(script, program);
    await chmod(program, 0o755);
    return { program, script, form: 'script for the Node on the PATH' };
  }
  // a program that runs as root must not read .env or bunfig.toml from whatever directory it is started in
  const safety = ['--no-compile-autoload-dotenv', '--no-compile-autoload-bunfig'];
  const args = ['build', '--compile', '--bytecode', '--minify', ...safety, `--conditions=${CONDITION}`, `--outfile=${program}`, ENTRY];
  await promisify(execFile)(bun, args, { cwd: dirname(ENTRY), timeout: BUILD_TIMEOUT_MS, env: { PATH: '/usr/bin:/bin', HOME: directory } });
  return { program, script, form: 'standalone executable' };
}

async function buildScript(file: string): Promise<void> {
  await using bundle = await rolldown({ input: ENTRY, platform: 'node', resolve: { conditionNames: [CONDITION, 'node', 'import'] } });
  // neither `import` nor `require`: Node decides by name and place of a file whether it is a module, and this one is copied about
  const globals = (module: string): string => `process.getBuiltinModule(${JSON.stringify(module)})`;
  await bundle.write({ file, format: 'iife', globals, minify: true, banner: '#!/usr/bin/env node' });
  await chmod(file, 0o755);
}

function bunExecutable(): string | undefined {
  const cpu = process.arch === 'arm64' ? 'aarch64' : process.arch;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`@oven/bun-linux-${cpu}/package.json`)), 'bin', 'bun');
  } catch {
    return undefined;
  }
}
