import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { repository, textOf, workspaces } from './workspaces.ts';

const run = promisify(execFile);

/** What a user of the package would get, as paths from its root. */
async function packedFiles(folder: string): Promise<readonly string[]> {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: join(repository, folder) });
  const packed = JSON.parse(stdout) as readonly { readonly files: readonly { readonly path: string }[] }[];
  return packed.flatMap(({ files }) => files.map(({ path }) => path));
}

/** Files that the doors of a package lead to, for those who do not run from source. */
function doorsOf(folder: string): readonly string[] {
  const { exports } = JSON.parse(textOf(`${folder}/package.json`)) as {
    readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  };
  return Object.values(exports)
    .flatMap((door) =>
      typeof door === 'string' ? [door] : Object.entries(door).flatMap(([key, file]) => (key === '@kube-ovn/source' ? [] : [file])),
    )
    .map((file) => file.replace('./', ''));
}

describe('npm pack', () => {
  it.each(workspaces().filter(({ folder }) => folder.startsWith('packages/')))(
    '$folder holds its doors, its licence and no tests',
    async ({ folder }) => {
      const files = await packedFiles(folder);
      expect(files).toEqual(expect.arrayContaining([...doorsOf(folder), 'README.md', 'LICENSE']));
      expect(files.filter((file) => /\.test\.|\.bench\.|tsbuildinfo|^src\/|^test\//.test(file))).toEqual([]);
    },
  );
});
