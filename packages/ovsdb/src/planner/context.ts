/**
 * What the makers of one transaction share.
 */
import type { OvsdbError } from '../errors.ts';
import type { Replica } from '../replica/replica.ts';
import type { Draft } from './draft.ts';
import type { TableIdentity } from './identity.ts';
import type { Observer } from './observer.ts';
import type { SchemaView } from './schema-view.ts';
import type { Seed, Union } from './union.ts';

/** What a composer works on. */
export interface ComposerContext {
  readonly replica: Replica;
  readonly identities: Readonly<Record<string, TableIdentity>>;
  readonly union: Union;
  readonly observer: Observer;
  readonly view: SchemaView;
  readonly draft: Draft;
  /** Why a seed may not be planned now; undefined when it may. */
  readonly obstacle: (seed: Seed) => string | undefined;
  /** A seed that must be looked at too, though not necessarily in this transaction. */
  readonly touch: (seed: Seed) => void;
  /** Owners whose claim lost against an earlier one; an empty list clears. */
  readonly conflict: (seed: Seed, losers: readonly string[]) => void;
  /** True while the safety brake holds: nothing is removed; the seed is to be looked at again when it lets go. */
  readonly braked: (seed: Seed) => boolean;
}

/** Brings seeds into a transaction, for themselves and on behalf of others. */
export interface Includer {
  /** @throws {OvsdbError} why it cannot be; the draft is then to be taken back */
  include(seed: Seed): void;
  /** Include a seed, or leave the draft as it was and return why not. */
  tryInclude(seed: Seed): OvsdbError | undefined;
}
