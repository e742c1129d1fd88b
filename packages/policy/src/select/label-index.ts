/**
 * Which sets of pods hold a pod, and which pods a set holds.
 *
 * Namespaces come first: a set is filed under its scope (one namespace by name, or those whose labels match), a namespace knows the
 * scopes that it is in, and within a scope a set is found by the labels that it asks for. So a pod costs time in proportion to the
 * scopes of its namespace and to the sets that its labels meet, and a set costs time in proportion to the pods that it may hold.
 */
import type { Labels, NamespaceScope, PodSet, Selector } from '../model.ts';
import { ObjectIndex } from './object-index.ts';
import { SelectorIndex } from './selector-index.ts';
import { everySelector, matchesSelector, scopeText } from './selector.ts';

/** Anything filed under a set of pods. */
export interface Filed {
  readonly set: PodSet;
}

/** A pod, as far as the index looks at it. */
export interface Placed {
  readonly namespace: string;
  readonly labels: Labels;
}

interface Scope<S> {
  readonly text: string;
  readonly selector: Selector;
  readonly sets: SelectorIndex<S>;
}

interface Space<S, P extends Placed> {
  labels: Labels;
  /** False while only its pods are known. */
  isKnown: boolean;
  named: Scope<S> | undefined;
  readonly scopes: Set<Scope<S>>;
  readonly pods: ObjectIndex<P>;
}

/** Pods whose namespace came into a scope, or left it, with the sets that they thereby gain or lose. */
export interface Shift<S, P> {
  readonly pod: P;
  readonly gained: readonly S[];
  readonly lost: readonly S[];
}

const noLabels: Labels = {};

/** The two-way index. Every `add` has one `delete` with the same value. */
export class LabelIndex<S extends Filed, P extends Placed> {
  readonly #spaces = new Map<string, Space<S, P>>();
  readonly #spacesByLabel = new ObjectIndex<Space<S, P>>();
  readonly #scopes = new Map<string, Scope<S>>();
  readonly #labelScopes = new SelectorIndex<Scope<S>>((scope) => scope.selector);

  /**
   * State a namespace's labels; `undefined` when it is gone, and then it counts as one without labels.
   *
   * @returns what that changes for its pods; pods for which nothing changes are left out
   */
  setNamespace(name: string, labels: Labels | undefined): readonly Shift<S, P>[] {
    const space = this.#space(name);
    const before = new Set(space.scopes);
    this.#spacesByLabel.delete(space);
    space.labels = labels ?? noLabels;
    space.isKnown = labels !== undefined;
    this.#spacesByLabel.add(space);
    this.#enterScopes(space);
    const gained = [...space.scopes].filter((scope) => !before.has(scope));
    const lost = [...before].filter((scope) => !space.scopes.has(scope));
    const shifts = gained.length + lost.length === 0 ? [] : [...space.pods].map((pod) => shift(pod, gained, lost));
    this.#forgetIfIdle(name, space);
    return shifts.filter((each) => each.gained.length + each.lost.length > 0);
  }

  /** Pods are told apart by identity: a pod with new labels is a new value. @returns the sets that hold it */
  addPod(pod: P): S[] {
    this.#space(pod.namespace).pods.add(pod);
    return this.setsOf(pod);
  }

  deletePod(pod: P): void {
    const space = this.#spaces.get(pod.namespace);
    space?.pods.delete(pod);
    if (space !== undefined) this.#forgetIfIdle(pod.namespace, space);
  }

  /** The sets that hold a pod of these labels. */
  setsOf(pod: Placed): S[] {
    const found: S[] = [];
    const space = this.#spaces.get(pod.namespace);
    space?.named?.sets.collect(pod.labels, found);
    for (const scope of space?.scopes ?? []) scope.sets.collect(pod.labels, found);
    return found;
  }

  addSet(item: S): void {
    this.#scope(item.set.namespaces).sets.add(item);
  }

  deleteSet(item: S): void {
    const { namespaces } = item.set;
    const scope = this.#scopes.get(scopeText(namespaces));
    if (scope === undefined) return;
    scope.sets.delete(item);
    if (!scope.sets.isEmpty) return;
    this.#scopes.delete(scope.text);
    if (namespaces.kind === 'labels') {
      for (const space of this.#spacesByLabel.matching(scope.selector)) space.scopes.delete(scope);
      this.#labelScopes.delete(scope);
      return;
    }
    const space = this.#spaces.get(namespaces.name);
    if (space === undefined) return;
    space.named = undefined;
    this.#forgetIfIdle(namespaces.name, space);
  }

  /** The pods that a set holds. */
  podsOf({ namespaces, pods }: PodSet): P[] {
    const found: P[] = [];
    if (namespaces.kind === 'name') this.#spaces.get(namespaces.name)?.pods.collect(pods, found);
    else for (const space of this.#spacesByLabel.matching(namespaces.selector)) space.pods.collect(pods, found);
    return found;
  }

  #space(name: string): Space<S, P> {
    let space = this.#spaces.get(name);
    if (space === undefined) {
      space = { labels: noLabels, isKnown: false, named: undefined, scopes: new Set(), pods: new ObjectIndex() };
      this.#spaces.set(name, space);
      this.#spacesByLabel.add(space);
      this.#enterScopes(space);
    }
    return space;
  }

  #forgetIfIdle(name: string, space: Space<S, P>): void {
    if (space.isKnown || space.named !== undefined || space.pods.size > 0) return;
    this.#spaces.delete(name);
    this.#spacesByLabel.delete(space);
  }

  #enterScopes(space: Space<S, P>): void {
    const scopes: Scope<S>[] = [];
    this.#labelScopes.collect(space.labels, scopes);
    space.scopes.clear();
    for (const scope of scopes) space.scopes.add(scope);
  }

  #scope(namespaces: NamespaceScope): Scope<S> {
    const text = scopeText(namespaces);
    let scope = this.#scopes.get(text);
    if (scope !== undefined) return scope;
    const selector = namespaces.kind === 'labels' ? namespaces.selector : everySelector;
    scope = { text, selector, sets: new SelectorIndex((item: S) => item.set.pods) };
    this.#scopes.set(text, scope);
    if (namespaces.kind === 'name') {
      this.#space(namespaces.name).named = scope;
      return scope;
    }
    this.#labelScopes.add(scope);
    for (const space of this.#spacesByLabel.matching(selector)) space.scopes.add(scope);
    return scope;
  }
}

/** True when a namespace of these labels is in the scope. */
export function isInScope(scope: NamespaceScope, namespace: { readonly name: string; readonly labels: Labels }): boolean {
  return scope.kind === 'name' ? scope.name === namespace.name : matchesSelector(scope.selector, namespace.labels);
}

function shift<S, P extends Placed>(pod: P, gained: readonly Scope<S>[], lost: readonly Scope<S>[]): Shift<S, P> {
  return { pod, gained: setsIn(gained, pod), lost: setsIn(lost, pod) };
}

function setsIn<S>(scopes: readonly Scope<S>[], { labels }: Placed): S[] {
  const found: S[] = [];
  for (const scope of scopes) scope.sets.collect(labels, found);
  return found;
}
