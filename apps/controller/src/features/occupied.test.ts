import { prefixesOverlap } from '@kube-ovn/ipam';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readSubnet, type SubnetInput } from '../inputs/subnet.ts';
import { Occupied } from './occupied.ts';
import { spansOf } from './subnet/clashes.ts';

function subnet(name: string, cidrBlock: string): SubnetInput {
  const reading = readSubnet({ metadata: { name }, spec: { cidrBlock } }, { clusterRouter: 'v', defaultSubnet: 'd', joinSubnet: 'j' });
  if (!reading.ok) throw new Error('bad example');
  return reading.input;
}

it('law: finds an overlap exactly when comparing with each would', () => {
  const block = fc
    .tuple(fc.integer({ min: 0, max: 31 }), fc.integer({ min: 20, max: 27 }))
    .map(([third, length]) => `10.1.${third * 8}.0/${length}`);
  const both = fc.tuple(block, fc.integer({ min: 0, max: 7 })).map(([v4, group]) => `${v4},fd00:${group}::/64`);
  fc.assert(
    fc.property(fc.array(fc.oneof(block, both), { maxLength: 30 }), (cidrs) => {
      const occupied = new Occupied<SubnetInput>([], spansOf);
      let placed: SubnetInput[] = [];
      for (const [index, cidr] of cidrs.entries()) {
        const next = subnet(`s${index}`, cidr);
        const naive = placed.some((other) => other.blocks.some((a) => next.blocks.some((b) => prefixesOverlap(a.prefix, b.prefix))));
        expect(occupied.overlapping(next) !== undefined).toBe(naive);
        if (naive) continue;
        occupied.place(next);
        placed.push(next);
        const oldest = placed[0];
        if (index % 5 === 4 && oldest !== undefined) {
          occupied.remove(oldest);
          placed = placed.slice(1);
        }
      }
    }),
    { numRuns: 300 },
  );
});
