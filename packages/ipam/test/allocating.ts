/** What the tests of the allocator share. */
import { expect } from 'vitest';
import { Allocator } from '../src/allocator.ts';
import type { AllocateRequest, Lease, Refusal } from '../src/lease.ts';

/** A fixed sequence that looks random, so that a failure repeats. */
export function chance(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** An allocator with these subnets. */
export function allocator(...configs: Parameters<Allocator['setSubnet']>[0][]): Allocator {
  const made = new Allocator({ random: chance() });
  for (const config of configs) expect(made.setSubnet(config)).toEqual([]);
  return made;
}

export const web = { name: 'web', cidr: '10.0.0.0/29' };
export const dual = { name: 'dual', cidr: '10.0.1.0/29,fd00::/125' };
export const ask = (owner: string, more: Partial<AllocateRequest> = {}): AllocateRequest => ({ owner, subnet: 'web', ...more });

/** What is given. @throws where it is refused */
export function lease(made: Allocator, request: AllocateRequest): Lease {
  const result = made.allocate(request);
  if (!result.ok) throw new Error(result.message);
  return result.lease;
}

/** Why nothing is given. */
export const refusal = (made: Allocator, request: AllocateRequest): Refusal | undefined => {
  const result = made.allocate(request);
  return result.ok ? undefined : result;
};
