/** A topology as text of two languages that draw graphs. */
import type { GraphNode, NodeKind, Topology } from '@kube-ovn/insight';

const DOT_STYLE: Readonly<Record<NodeKind, string>> = {
  vpc: 'shape=diamond,fillcolor="#cfe2ff"',
  subnet: 'shape=box,fillcolor="#d1e7dd"',
  gateway: 'shape=cds,fillcolor="#fff3cd"',
  outside: 'shape=ellipse,fillcolor="#e2e3e5"',
  vlan: 'shape=parallelogram,fillcolor="#e2d9f3"',
  pod: 'shape=box,style="rounded,filled",fillcolor="#ffffff"',
  policy: 'shape=note,fillcolor="#f8d7da"',
};

const MERMAID_SHAPE: Readonly<Record<NodeKind, readonly [string, string]>> = {
  vpc: ['{"', '"}'],
  subnet: ['["', '"]'],
  gateway: ['>"', '"]'],
  outside: ['(["', '"])'],
  vlan: ['[/"', '"/]'],
  pod: ['("', '")'],
  policy: ['[["', '"]]'],
};

/** @source https://graphviz.org/doc/info/lang.html */
export function toDot({ nodes, edges }: Topology): string {
  return [
    'digraph topology {',
    '  rankdir=LR; node [style=filled,fontname="sans-serif",fontsize=11]; edge [fontname="sans-serif",fontsize=9];',
    ...nodes.map(({ id, kind, label }) => `  ${quoted(id)} [label=${quoted(label.join('\n'))},${DOT_STYLE[kind]}];`),
    ...edges.map(({ from, to, label }) => `  ${quoted(from)} -> ${quoted(to)}${label === '' ? '' : ` [label=${quoted(label)}]`};`),
    '}',
  ].join('\n');
}

/** @source https://mermaid.js.org/syntax/flowchart.html */
export function toMermaid({ nodes, edges }: Topology): string {
  const numbers = new Map(nodes.map(({ id }, index) => [id, `n${index}`]));
  const shape = ({ id, kind, label }: GraphNode): string => {
    const [open, close] = MERMAID_SHAPE[kind];
    return `  ${numbers.get(id)}${open}${label.map(entities).join('<br/>')}${close}`;
  };
  const arrow = (label: string): string => (label === '' ? '-->' : `-->|"${entities(label)}"|`);
  return [
    'flowchart LR',
    ...nodes.map(shape),
    ...edges.map(({ from, to, label }) => `  ${numbers.get(from)} ${arrow(label)} ${numbers.get(to)}`),
  ].join('\n');
}

/** Only these two mean something inside a string of DOT, and `\n` is a line's end there. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

function entities(text: string): string {
  return text.replaceAll(/["<>&#;]/g, (character) => `#${character.codePointAt(0)};`);
}
