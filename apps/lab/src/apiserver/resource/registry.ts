/** Which resources are served now; custom resources come and go. */
import type { Resource } from './resource.ts';

/** The served resources, by path and by kind. */
export class Registry {
  readonly #builtins: readonly Resource[];
  readonly #custom = new Map<string, readonly Resource[]>();
  #byPath = new Map<string, Resource>();
  #revision = 0;

  constructor(builtins: readonly Resource[]) {
    this.#builtins = builtins;
    this.#index();
  }

  /** Rises with every change; what is derived from the registry may be kept while it stays. */
  get revision(): number {
    return this.#revision;
  }

  all(): readonly Resource[] {
    return [...this.#builtins, ...[...this.#custom.keys()].sort().flatMap((name) => this.#custom.get(name) ?? [])];
  }

  find(group: string, version: string, plural: string): Resource | undefined {
    return this.#byPath.get(`${group}/${version}/${plural}`);
  }

  findKind(group: string, version: string, kind: string): Resource | undefined {
    return this.all().find((resource) => resource.group === group && resource.version === version && resource.kind === kind);
  }

  /** Any version of a kind: all versions share one collection. */
  findStorage(storage: string): Resource | undefined {
    return this.all().find((resource) => resource.storage === storage && resource.apiVersion === resource.storageApiVersion);
  }

  /** Serve the versions of a custom resource definition in place of what was served for it. */
  setCustom(definition: string, resources: readonly Resource[]): void {
    this.#custom.set(definition, resources);
    this.#index();
  }

  removeCustom(definition: string): void {
    this.#custom.delete(definition);
    this.#index();
  }

  /** Group names in discovery order (core excluded), each with its versions, preferred one first. */
  groups(): readonly { readonly group: string; readonly versions: readonly string[] }[] {
    const versions = new Map<string, Set<string>>();
    for (const resource of this.all()) {
      if (resource.group === '') continue;
      const seen = versions.get(resource.group) ?? new Set<string>();
      versions.set(resource.group, seen.add(resource.version));
    }
    return [...versions].map(([group, seen]) => ({ group, versions: [...seen].sort(compareVersions) }));
  }

  /** The resources of one group version. */
  inVersion(group: string, version: string): readonly Resource[] {
    return this.all().filter((resource) => resource.group === group && resource.version === version);
  }

  #index(): void {
    this.#byPath = new Map(this.all().map((resource) => [`${resource.group}/${resource.version}/${resource.plural}`, resource]));
    this.#revision++;
  }
}

/** Stable before beta before alpha, newer first. @source k8s.io/apimachinery/pkg/version CompareKubeAwareVersionStrings */
export function compareVersions(a: string, b: string): number {
  const left = rank(a);
  const right = rank(b);
  for (let index = 0; index < left.length; index++) {
    const difference = (right[index] ?? 0) - (left[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

function rank(version: string): readonly number[] {
  const parsed = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (parsed === null) return [0, 0, 0, 0];
  const stage = parsed[2] === undefined ? 3 : parsed[2] === 'beta' ? 2 : 1;
  return [1, stage, Number(parsed[1]), Number(parsed[3] ?? 0)];
}
