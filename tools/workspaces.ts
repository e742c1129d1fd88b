import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A manifest, as far as the rules read it. */
export interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** A package or app of the monorepo. */
export interface Workspace {
  /** Path from the repository's root, e.g. `packages/ipam`. */
  readonly folder: string;
  readonly manifest: Manifest;
}

export const repository: string = join(fileURLToPath(import.meta.url), '..', '..');

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(repository, folder, 'package.json'), 'utf8')) as Manifest;
}

/** Every folder below `packages/` and `apps/` that has a manifest. */
export function workspaces(): readonly Workspace[] {
  return ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(repository, group)).map((name) => ({ folder: `${group}/${name}`, manifest: readManifest(`${group}/${name}`) })),
  );
}

/** Paths (from the root) of files below `folder` that end in one of `endings`; build output and dependencies are left out. */
export function filesBelow(folder: string, endings: readonly string[]): readonly string[] {
  const found: string[] = [];
  const visit = (path: string): void => {
    for (const name of readdirSync(join(repository, path))) {
      if (name === 'node_modules' || name === 'dist' || name === '.git' || name === '.nx' || name === '.cache') continue;
      const below = path === '.' ? name : `${path}/${name}`;
      if (statSync(join(repository, below)).isDirectory()) visit(below);
      else if (endings.some((ending) => name.endsWith(ending))) found.push(below);
    }
  };
  visit(folder);
  return found;
}

export function textOf(path: string): string {
  return readFileSync(join(repository, path), 'utf8');
}
