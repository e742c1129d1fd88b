/**
 * Questions to DNS. Not by getaddrinfo(3): it waits in a thread, for long when nobody answers, and there are few of these. What it does
 * with /etc/resolv.conf is done here.
 */
import type { Resolver } from 'node:dns/promises';

/** What /etc/resolv.conf says of names. @source resolv.conf(5) */
export interface SearchRules {
  readonly domains: readonly string[];
  /** Names with fewer dots are looked for in the domains first. */
  readonly ndots: number;
}

export function readSearchRules(text: string): SearchRules {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
  const domains = lines.findLast(([word]) => word === 'search' || word === 'domain')?.slice(1) ?? [];
  const option = lines.flatMap(([word, ...rest]) => (word === 'options' ? rest : [])).findLast((each) => /^ndots:\d+$/.test(each));
  return { domains, ndots: option === undefined ? 1 : Number(option.slice('ndots:'.length)) };
}

/** Names to ask for, in this order. */
export function candidates(name: string, { domains, ndots }: SearchRules): readonly string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const inDomains = domains.map((domain) => `${name}.${domain.replace(/\.$/, '')}`);
  return name.split('.').length > ndots ? [name, ...inDomains] : [...inDomains, name];
}

/** Answers that mean: there is no such thing under this name. */
const NOTHING: ReadonlySet<unknown> = new Set(['ENOTFOUND', 'ENODATA']);

/** Addresses of a name, of the first candidate and family that has any. @throws the last answer when there are none */
export async function askDns(
  name: string,
  rules: SearchRules,
  resolver: Pick<Resolver, 'resolve4' | 'resolve6'>,
): Promise<readonly string[]> {
  let last: unknown;
  for (const candidate of candidates(name, rules)) {
    for (const ask of [(each: string) => resolver.resolve4(each), (each: string) => resolver.resolve6(each)]) {
      try {
        return await ask(candidate);
      } catch (error) {
        if (!NOTHING.has((error as { readonly code?: unknown }).code)) throw error;
        last = error;
      }
    }
  }
  throw last;
}
