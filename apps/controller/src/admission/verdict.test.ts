import type { KubeObject, Problem } from '@kube-ovn/api';
import { describe, expect, it } from 'vitest';
import { type ProblemCode, problem } from '../inputs/problem.ts';
import type { Write } from './review.ts';
import { type Judge, verdictOf } from './verdict.ts';

interface Thing extends KubeObject {
  readonly spec: { readonly faults: readonly ProblemCode[]; readonly note?: string };
}
const thing = (faults: readonly ProblemCode[], metadata: Partial<KubeObject['metadata']> = {}, note?: string): Thing => ({
  metadata: { name: 't', ...metadata },
  spec: { faults, ...(note === undefined ? {} : { note }) },
});
const fault = (code: ProblemCode): Problem =>
  problem(code, { object: 'Thing t', field: 'spec', value: code, what: 'is wrong', hint: 'mend it' });
const judge: Judge = { problems: (object) => (object as Thing).spec.faults.map(fault), unused: () => [] };
const write = (object: Thing, before?: Thing): Write => ({
  uid: 'u',
  operation: before === undefined ? 'CREATE' : 'UPDATE',
  resource: 'things',
  object,
  before,
});
const cidr = fault('SUBNET_BAD_CIDR').message;
const gateway = fault('SUBNET_BAD_GATEWAY').message;
const noVpc = fault('SUBNET_NO_VPC').message;

describe('a write', () => {
  it.each<[string, Write, string | undefined, readonly string[]]>([
    ['that is sound passes', write(thing([])), undefined, []],
    [
      'with faults is refused with all of them, as the condition says them',
      write(thing(['SUBNET_BAD_CIDR', 'SUBNET_BAD_GATEWAY'])),
      `${cidr} | ${gateway}`,
      [],
    ],
    ['that waits for another object passes with a warning', write(thing(['SUBNET_NO_VPC'])), undefined, [noVpc]],
    ['with both is refused for what its author can mend', write(thing(['SUBNET_NO_VPC', 'SUBNET_BAD_CIDR'])), cidr, [noVpc]],
    [
      'that leaves a fault as it was passes with a warning',
      write(thing(['SUBNET_BAD_CIDR'], {}, 'edited'), thing(['SUBNET_BAD_CIDR'])),
      undefined,
      [cidr],
    ],
    [
      'that adds a fault to another is refused for the new one',
      write(thing(['SUBNET_BAD_CIDR', 'SUBNET_BAD_GATEWAY']), thing(['SUBNET_BAD_CIDR'])),
      gateway,
      [cidr],
    ],
    [
      'of labels alone is not looked at',
      write(thing(['SUBNET_BAD_CIDR'], { labels: { a: 'b' } }), thing(['SUBNET_BAD_CIDR'])),
      undefined,
      [],
    ],
    ['of an object on its way out passes', write(thing(['SUBNET_BAD_CIDR'], { deletionTimestamp: 'now' }), thing([])), undefined, []],
  ])('%s', (_name, asked, refusal, warnings) => {
    expect(verdictOf(asked, judge, false)).toEqual({ refusal, warnings });
  });

  it('of an object of our own passes with a warning', () => {
    expect(verdictOf(write(thing(['SUBNET_BAD_CIDR'])), judge, true)).toEqual({ refusal: undefined, warnings: [cidr] });
  });

  it('is told what it does to others, and what has no effect', () => {
    const wide: Judge = { ...judge, consequences: () => [fault('SUBNET_NAMESPACE_NOT_IN_VPC')], unused: () => ['unused'] };
    expect(verdictOf(write(thing([])), wide, false)).toEqual({
      refusal: undefined,
      warnings: [fault('SUBNET_NAMESPACE_NOT_IN_VPC').message, 'unused'],
    });
  });
});
