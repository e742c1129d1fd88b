/** An empty project that has packages of ours as npm would give them: what is packed, and nothing of the source. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { readManifest, repository } from './workspaces.ts';

const run = promisify(execFile);

export interface PackedProject extends Disposable {
  readonly folder: string;
}

/** @param names without their scope; those that they depend on come along */
export async function packedProject(names: readonly string[]): Promise<PackedProject> {
  const folder = mkdtempSync(join(tmpdir(), 'packed-'));
  const modules = join(folder, 'node_modules');
  const wanted = [...names];
  for (const name of wanted) {
    const { dependencies = {} } = readManifest(`packages/${name}`);
    for (const dependency of Object.keys(dependencies)) {
      const ours = dependency.startsWith('@kube-ovn/') ? dependency.slice('@kube-ovn/'.length) : undefined;
      if (ours === undefined) link(dependency, modules);
      else if (!wanted.includes(ours)) wanted.push(ours);
    }
    await unpack(name, folder);
  }
  link('@types/node', modules);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'example', private: true, type: 'module' }));
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

async function unpack(name: string, folder: string): Promise<void> {
  const argv = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const { stdout } = await run('npm', argv, { cwd: join(repository, 'packages', name) });
  const [{ filename } = { filename: '' }] = JSON.parse(stdout) as readonly { readonly filename: string }[];
  const target = join(folder, 'node_modules/@kube-ovn', name);
  mkdirSync(target, { recursive: true });
  await run('tar', ['-xzf', join(folder, filename), '-C', target, '--strip-components=1']);
}

/** What others publish is as it is installed here. */
function link(dependency: string, modules: string): void {
  const path = join(modules, dependency);
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  symlinkSync(join(repository, 'node_modules', dependency), path);
}
