import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PodSet } from '../model.ts';
import { type Filed, isInScope, LabelIndex, type Placed } from './label-index.ts';
import { matchesSelector, selectorOf } from './selector.ts';

const key = fc.constantFrom('app', 'env', 'tier');
const value = fc.constantFrom('x', 'y');
const labels = fc.dictionary(key, value, { maxKeys: 2 });
const namespace = fc.constantFrom('a', 'b', 'c');
const selector = fc
  .array(
    fc.oneof(
      fc.record({
        key,
        operator: fc.constantFrom('In' as const, 'NotIn' as const),
        values: fc.array(value, { minLength: 1, maxLength: 2 }),
      }),
      fc.record({ key, operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const), values: fc.constant<string[]>([]) }),
    ),
    { maxLength: 2 },
  )
  .map(selectorOf);
const podSet: fc.Arbitrary<PodSet> = fc.record({
  namespaces: fc.oneof(
    fc.record({ kind: fc.constant('name' as const), name: namespace }),
    fc.record({ kind: fc.constant('labels' as const), selector }),
  ),
  pods: selector,
});

type Event =
  | { readonly kind: 'pod'; readonly id: number; readonly pod: Placed | undefined }
  | { readonly kind: 'set'; readonly id: number; readonly set: PodSet | undefined }
  | { readonly kind: 'namespace'; readonly name: string; readonly labels: Readonly<Record<string, string>> | undefined };

const perhaps = <T>(own: fc.Arbitrary<T>) => fc.option(own, { nil: undefined, freq: 3 });
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constant('pod' as const), id: fc.nat(60), pod: perhaps(fc.record({ namespace, labels })) }),
  fc.record({ kind: fc.constant('set' as const), id: fc.nat(5), set: perhaps(podSet) }),
  fc.record({ kind: fc.constant('namespace' as const), name: namespace, labels: perhaps(labels) }),
);

/** An index, and next to it all that it was told. */
class Watched {
  readonly #index = new LabelIndex<Filed, Placed>();
  readonly #pods = new Map<number, Placed>();
  readonly #sets = new Map<number, Filed>();
  readonly #namespaces = new Map<string, Readonly<Record<string, string>>>();

  /** Tell an event. @returns what the index answers, and what looking at everything says */
  tell(one: Event): readonly [unknown, unknown] {
    if (one.kind === 'pod') return this.#tellPod(one.id, one.pod);
    if (one.kind === 'set') return this.#tellSet(one.id, one.set);
    const before = new Map([...this.#pods.values()].map((pod) => [pod, this.#setsOf(pod)]));
    if (one.labels === undefined) this.#namespaces.delete(one.name);
    else this.#namespaces.set(one.name, one.labels);
    const shifts = this.#index.setNamespace(one.name, one.labels);
    const moves = [...before].map(([pod, was]) => {
      const is = this.#setsOf(pod);
      return { pod, gained: without(is, was), lost: without(was, is) };
    });
    return [
      new Set(shifts.map(({ pod, gained, lost }) => ({ pod, gained: new Set(gained), lost: new Set(lost) }))),
      new Set(moves.filter(({ gained, lost }) => gained.size + lost.size > 0)),
    ];
  }

  /** All answers, and what looking at everything says. */
  all(): readonly [unknown, unknown] {
    const [pods, sets] = [[...this.#pods.values()], [...this.#sets.values()]];
    return [
      [pods.map((pod) => new Set(this.#index.setsOf(pod))), sets.map(({ set }) => new Set(this.#index.podsOf(set)))],
      [pods.map((pod) => this.#setsOf(pod)), sets.map((one) => this.#podsOf(one))],
    ];
  }

  #tellPod(id: number, pod: Placed | undefined): readonly [unknown, unknown] {
    const known = this.#pods.get(id);
    if (known !== undefined) this.#index.deletePod(known);
    this.#pods.delete(id);
    if (pod === undefined) return [0, 0];
    this.#pods.set(id, pod);
    return [new Set(this.#index.addPod(pod)), this.#setsOf(pod)];
  }

  #tellSet(id: number, set: PodSet | undefined): readonly [unknown, unknown] {
    const known = this.#sets.get(id);
    if (known !== undefined) this.#index.deleteSet(known);
    this.#sets.delete(id);
    if (set === undefined) return [0, 0];
    const made = { set };
    this.#sets.set(id, made);
    this.#index.addSet(made);
    return [new Set(this.#index.podsOf(set)), this.#podsOf(made)];
  }

  #setsOf(pod: Placed): Set<Filed> {
    return new Set([...this.#sets.values()].filter((one) => this.#holds(one, pod)));
  }

  #podsOf(one: Filed): Set<Placed> {
    return new Set([...this.#pods.values()].filter((pod) => this.#holds(one, pod)));
  }

  #holds({ set }: Filed, { namespace: name, labels: own }: Placed): boolean {
    const isThere = isInScope(set.namespaces, { name, labels: this.#namespaces.get(name) ?? {} });
    return isThere && matchesSelector(set.pods, own);
  }
}

describe('LabelIndex', () => {
  it('says after any events what looking at everything says, and tells every pod that a namespace moves', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 200, size: 'max' }), (events) => {
        const watched = new Watched();
        for (const one of events) {
          const [said, expected] = watched.tell(one);
          expect(said).toEqual(expected);
        }
        const [said, expected] = watched.all();
        expect(said).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});

function without<T>(from: ReadonlySet<T>, taken: ReadonlySet<T>): Set<T> {
  return new Set([...from].filter((each) => !taken.has(each)));
}
