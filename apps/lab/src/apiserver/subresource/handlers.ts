/** Subresources and questions that aren't stored objects: which function answers which. */
import type { Api, Target } from '../api.ts';
import type { Exchange } from '../http/exchange.ts';

/** What a handler gets. */
export interface SubresourceContext {
  readonly api: Api;
  readonly exchange: Exchange;
  readonly target: Target;
}

/** Answers one request. @throws {StatusError} */
export type SubresourceHandler = (context: SubresourceContext) => Promise<void>;

/** Looks handlers up. */
export interface SubresourceHandlers {
  /** for a target with a subresource other than status */
  find(target: Target): SubresourceHandler | undefined;
  /** for a POST to a kind that is answered and not stored (reviews, bindings) */
  review(target: Target): SubresourceHandler | undefined;
}

/**
 * A table of handlers.
 *
 * @param parts   by `plural.group/subresource` (or `plural/subresource`); a star as plural fits any
 * @param reviews by `plural.group`
 */
export function subresourceHandlers(
  parts: Readonly<Record<string, SubresourceHandler>>,
  reviews: Readonly<Record<string, SubresourceHandler>>,
): SubresourceHandlers {
  return {
    find: ({ resource, subresource = '' }) => parts[`${resource.storage}/${subresource}`] ?? parts[`*/${subresource}`],
    review: ({ resource }) => reviews[resource.storage],
  };
}
