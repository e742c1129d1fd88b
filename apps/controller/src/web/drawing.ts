/**
 * A topology as SVG: a column for each kind of thing, in the direction in which packets leave. Pure, and in time proportional to what is
 * drawn: the controller has other things to do. What is close to what follows from the middle of its neighbours.
 *
 * Colours are the style sheet's, so that it is light in the light and dark in the dark.
 */
import type { GraphEdge, GraphNode, NodeKind, Topology } from '@kube-ovn/insight';
import { html, type Markup } from './markup.ts';

const COLUMNS: readonly (readonly NodeKind[])[] = [['subnet'], ['vpc', 'vlan'], ['gateway'], ['outside']];
const BOX = { width: 200, line: 17, padding: 10, gap: 18 } as const;
const COLUMN_GAP = 110;
const MARGIN = 12;
/** Characters that a box has room for. */
const ROOM = 26;

interface Box {
  readonly node: GraphNode;
  readonly column: number;
  readonly x: number;
  readonly y: number;
  readonly height: number;
}

/** How full a node is, of 100, and where one should look. */
export interface Fill {
  readonly percent: number;
  readonly level: string;
}

export function drawTopology(
  topology: Topology,
  fillOf: (id: string) => Fill | undefined,
  linkOf: (node: GraphNode) => string | undefined,
): Markup {
  const edges = joined(topology.edges);
  const boxes = placed(topology, edges);
  const all = [...boxes.values()];
  const used = Math.max(0, ...all.map(({ column }) => column)) + 1;
  const width = 2 * MARGIN + used * BOX.width + (used - 1) * COLUMN_GAP;
  const height = MARGIN + Math.max(0, ...all.map((box) => box.y + box.height));
  return html`<svg
    class="topology"
    viewBox="0 0 ${width} ${height}"
    width="${width}"
    height="${height}"
    role="img"
    aria-labelledby="topology-title"
  >
    <title id="topology-title">Subnets, the routers and VLANs that they are on, and their ways out. The tables below say the same.</title>
    <defs>
      <marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">
        <path d="M0 0 8 4 0 8z" />
      </marker>
    </defs>
    ${edges.map((edge) => drawEdge(edge, boxes))} ${all.map((box) => drawBox(box, fillOf(box.node.id), linkOf(box.node)))}
  </svg>`;
}

interface JoinedEdge extends Omit<GraphEdge, 'label'> {
  readonly labels: readonly string[];
}

/** One line for all that goes from one thing to another. */
function joined(edges: readonly GraphEdge[]): readonly JoinedEdge[] {
  const groups = Map.groupBy(edges, ({ from, to }) => JSON.stringify([from, to]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined
      ? []
      : [{ from: first.from, to: first.to, labels: group.map(({ label }) => label).filter((label) => label !== '') }];
  });
}

/** Each column in the order of its neighbours to the left, and in the middle of them where there is room. */
function placed({ nodes }: Topology, edges: readonly JoinedEdge[]): ReadonlyMap<string, Box> {
  const boxes = new Map<string, Box>();
  const first = inOrderOfTarget(
    nodes.filter(({ kind }) => kind === 'subnet'),
    edges,
  );
  const sources = Map.groupBy(edges, ({ to }) => to);
  for (const [column, kinds] of COLUMNS.entries()) {
    const wanted = (column === 0 ? first : nodes.filter(({ kind }) => kinds.includes(kind))).map((node) => {
      const near = (sources.get(node.id) ?? []).flatMap(({ from }) => boxes.get(from) ?? []);
      return { node, middle: near.length === 0 ? undefined : near.reduce((sum, box) => sum + box.y + box.height / 2, 0) / near.length };
    });
    let y = MARGIN;
    for (const { node, middle } of column === 0 ? wanted : wanted.toSorted((a, b) => (a.middle ?? Infinity) - (b.middle ?? Infinity))) {
      const height = node.label.length * BOX.line + 2 * BOX.padding;
      const at = middle === undefined ? y : Math.max(y, middle - height / 2);
      boxes.set(node.id, { node, column, x: MARGIN + column * (BOX.width + COLUMN_GAP), y: at, height });
      y = at + height + BOX.gap;
    }
  }
  return boxes;
}

/** Subnets of a router stand together. */
function inOrderOfTarget(subnets: readonly GraphNode[], edges: readonly JoinedEdge[]): readonly GraphNode[] {
  const targets = new Map(edges.map(({ from, to }) => [from, to]));
  const key = ({ id }: GraphNode): string => targets.get(id) ?? '~';
  return subnets.toSorted((a, b) => (key(a) < key(b) ? -1 : Number(key(a) > key(b))));
}

function drawBox({ node, x, y, height }: Box, fill: Fill | undefined, to: string | undefined): Markup {
  const [name = '', ...rest] = node.label;
  const box = html`<g class="box ${node.kind}"
    ><title>${node.label.join('\n')}</title> <rect x="${x}" y="${y}" width="${BOX.width}" height="${height}" rx="7" />${
      fill &&
      html`<rect class="track" x="${x + BOX.padding}" y="${y + height - 7}" width="${BOX.width - 2 * BOX.padding}" height="4" rx="2" /><rect
          class="fill ${fill.level}"
          x="${x + BOX.padding}"
          y="${y + height - 7}"
          width="${((BOX.width - 2 * BOX.padding) * fill.percent) / 100}"
          height="4"
          rx="2"
        />`
    }
    <text class="name" x="${x + BOX.padding}" y="${y + BOX.padding + 12}">${cut(name)}</text>
    ${rest.map((line, at) => html`<text x="${x + BOX.padding}" y="${y + BOX.padding + 12 + (at + 1) * BOX.line}">${cut(line)}</text>`)}</g
  >`;
  return to === undefined ? box : html`<a href="${to}">${box}</a>`;
}

function drawEdge({ from, to, labels }: JoinedEdge, boxes: ReadonlyMap<string, Box>): Markup {
  const [a, b] = [boxes.get(from), boxes.get(to)];
  if (a === undefined || b === undefined) return html``;
  const [ay, by] = [a.y + a.height / 2, b.y + b.height / 2];
  const right = a.x + BOX.width;
  const isBeside = a.column === b.column;
  const bend = isBeside ? right + COLUMN_GAP / 2 : (right + b.x) / 2;
  const end = isBeside ? b.x + BOX.width : b.x;
  return html`<g class="edge"
    ><title>${[`${titleOf(a)} → ${titleOf(b)}`, ...labels].join('\n')}</title>
    <path d="M${right} ${ay}C${bend} ${ay} ${bend} ${by} ${end} ${by}" ${!isBeside && html` marker-end="url(#head)"`}
  /></g>`;
}

function titleOf({ node }: Box): string {
  return node.label[0] ?? node.id;
}

function cut(text: string): string {
  return text.length <= ROOM ? text : `${text.slice(0, ROOM - 1)}…`;
}
