import { describe, expect, it } from 'vitest';
import { parseOptions } from './options.ts';

const parse = (...args: readonly string[]) => parseOptions(args, { KUBECONFIG: '/k' });

describe('parseOptions', () => {
  it('reads every option', () => {
    expect(parse('check', '--ovn-nb-addr', 'unix:/a,unix:/b', '--ovs', 'n1=unix:/c', '--wait', '2.5', '-o', 'json')).toEqual({
      kubeconfig: '/k',
      northbound: ['unix:/a', 'unix:/b'],
      nodes: new Map([['n1', 'unix:/c']]),
      output: 'json',
      waitMs: 2500,
    });
  });

  it('answers help with undefined', () => {
    expect(parse('--help')).toBeUndefined();
  });

  it.each([
    [['check'], '--ovn-nb-addr is missing'],
    [['chekc', '--ovn-nb-addr', 'unix:/a'], '"chekc"'],
    [['check', '--ovn-nb-addr', 'unix:/a', '--ovs', 'unix:/c'], '--ovs is "unix:/c"'],
    [['check', '--ovn-nb-addr', 'unix:/a', '--wait', '-1x'], '--wait'],
    [['check', '--ovn-nb-addr', 'unix:/a', '-o', 'xml'], '"xml"'],
    [['check', '--frob'], '--frob'],
  ])('refuses %j', (args, message) => {
    expect(() => parse(...args)).toThrow(message);
  });
});
