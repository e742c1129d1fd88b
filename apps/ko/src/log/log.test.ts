import { describe, expect, it } from 'vitest';
import { LabelLines } from './label.ts';
import { selectLogs } from './select.ts';

const source = (part: 'ovs-ovn' | 'daemon' | 'controller', program: string, node?: string) => ({ part, program, node });
const sources = [
  source('daemon', 'daemon', 'node2'),
  source('controller', 'controller-1'),
  source('ovs-ovn', 'ovs-vswitchd', 'node1'),
  source('ovs-ovn', 'ovn-controller', 'node1'),
  source('daemon', 'daemon', 'node1'),
];
const names = (found: ReturnType<typeof selectLogs<(typeof sources)[number]>>) =>
  found.map(({ node, program }) => `${node ?? ''}/${program}`);

describe('logs', () => {
  it('come in the order of parts, nodes and programs, whatever order they were found in', () => {
    const wanted = ['node1/ovn-controller', 'node1/ovs-vswitchd', '/controller-1', 'node1/daemon', 'node2/daemon'];
    for (const order of [sources, sources.toReversed()]) expect(names(selectLogs(order, { parts: [], node: undefined }))).toEqual(wanted);
  });

  it('are chosen by part and node', () => {
    expect(names(selectLogs(sources, { parts: ['daemon', 'controller'], node: undefined }))).toEqual([
      '/controller-1',
      'node1/daemon',
      'node2/daemon',
    ]);
    expect(names(selectLogs(sources, { parts: [], node: 'node2' }))).toEqual(['node2/daemon']);
  });

  it('that are not there are named with those that are', () => {
    expect(() => selectLogs(sources, { parts: ['speaker'], node: 'node1' })).toThrow(
      'there is no log of speaker on node node1; there are those of ovs-ovn on node1, controller, daemon on node1, daemon on node2',
    );
  });

  it.each([[['one\ntw', 'o\nthr', 'ee']], [['one\n', 'two\n', 'three\n']], [['one\ntwo\nthree']]])(
    '%j has a label before each whole line',
    async (pieces) => {
      const lines = new LabelLines('node1 | ');
      for (const piece of pieces) lines.write(piece);
      lines.end();
      let text = '';
      for await (const chunk of lines) text += String(chunk);
      expect(text).toBe('node1 | one\nnode1 | two\nnode1 | three\n');
    },
  );
});
