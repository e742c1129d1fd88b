/**
 * Mirrors, annotations, flags and the interfaces of this node → what the node copies, and where to.
 *
 * An order without interfaces asks for nothing: neither bridge nor port is there for it.
 */
import { isMirrored, readMirror, type Mirror, type MirrorFilter, type MirrorInput, type MirroredInterface } from '@kube-ovn/api';
import type { Sink } from './rows.ts';

/** An interface of a pod of this node. */
export interface NodeInterface extends MirroredInterface {
  /** Name of its port on br-int. */
  readonly link: string;
  /** In the pod. */
  readonly name: string;
  /** The pod's annotation asks for copies. */
  readonly isAnnotated: boolean;
}

/** What one Mirror, or all annotations together, have this node do. */
export interface Order {
  /** Name of the Mirror; undefined: annotations, or the whole of br-int. */
  readonly mirror: string | undefined;
  /** Names of the Mirror rows by what they copy; none for a direction that is not copied. */
  readonly rows: { readonly received?: string; readonly sent?: string };
  /** Everything on br-int is copied. */
  readonly isAll: boolean;
  readonly interfaces: readonly NodeInterface[];
  readonly filters: readonly MirrorFilter[];
  readonly sink: Sink;
}

/** An order that this node does not carry out. */
export interface Refusal {
  readonly mirror: string;
  readonly interfaces: readonly NodeInterface[];
  readonly problem: string;
}

export interface Orders {
  readonly accepted: readonly Order[];
  readonly refused: readonly Refusal[];
}

export interface OrderSources {
  readonly mirrors: readonly Mirror[];
  readonly interfaces: readonly NodeInterface[];
  /** `--enable-mirror`, `--mirror-iface` */
  readonly mirrorsAll: boolean;
  readonly mirrorInterface: string;
  /** Links of the node that are not of our making. */
  readonly foreignLinks: readonly string[];
}

/** Kube-OVN's name of the Mirror of annotations. */
export const ANNOTATED_MIRROR = 'm0';
/** A bridge has 32 of them; annotations have two, and others may have some. @source Open vSwitch, MAX_MIRRORS */
const MAX_ROWS = 26;

/** What the node has to do. */
export function ordersOf(sources: OrderSources): Orders {
  const accepted: Order[] = [...annotationOrder(sources)];
  const refused: Refusal[] = [];
  let rows = 0;
  for (const object of sources.mirrors.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))) {
    const reading = readMirror(object);
    // the controller says what is wrong with it
    if (!reading.ok || object.metadata.deletionTimestamp !== undefined) continue;
    const { value: mirror } = reading;
    const sink = sinkOf(mirror, object.status?.sinkAddress);
    const interfaces = sources.interfaces.filter((each) => isMirrored(mirror, each));
    if (sink === undefined || interfaces.length === 0) continue;
    const problem = objection(sink, sources);
    const order = orderOf(mirror, { interfaces, sink });
    const needed = Object.keys(order.rows).length;
    if (problem !== undefined) refused.push({ mirror: mirror.name, interfaces, problem });
    else if (rows + needed > MAX_ROWS) {
      const full = `Open vSwitch copies for ${MAX_ROWS} directions of Mirrors at most, and others that come before by name have them; let fewer Mirrors select pods here`;
      refused.push({ mirror: mirror.name, interfaces, problem: full });
    } else {
      rows += needed;
      accepted.push(order);
    }
  }
  return { accepted, refused };
}

function annotationOrder({ interfaces, mirrorsAll, mirrorInterface: link }: OrderSources): readonly Order[] {
  const annotated = mirrorsAll ? [] : interfaces.filter(({ isAnnotated }) => isAnnotated);
  if (!mirrorsAll && annotated.length === 0) return [];
  const common = { mirror: undefined, interfaces: annotated, filters: [], sink: { link } };
  if (mirrorsAll) return [{ ...common, isAll: true, rows: { received: ANNOTATED_MIRROR } }];
  return [{ ...common, isAll: false, rows: { received: ANNOTATED_MIRROR, sent: `${ANNOTATED_MIRROR}-sent` } }];
}

function orderOf(
  { name, isIngress, isEgress, filters }: MirrorInput,
  { interfaces, sink }: { readonly interfaces: readonly NodeInterface[]; readonly sink: Sink },
): Order {
  const rows = {
    ...(isIngress ? { received: `mirror/${name}/received` } : {}),
    ...(isEgress ? { sent: `mirror/${name}/sent` } : {}),
  };
  return { mirror: name, rows, isAll: false, interfaces, filters, sink };
}

/** Undefined while the controller knows no address of the pod that gets the copies. */
function sinkOf({ sink }: MirrorInput, sinkAddress = ''): Sink | undefined {
  switch (sink.kind) {
    case 'interface':
      return { link: sink.name };
    case 'collector':
      return { address: sink.address, tunnel: sink.tunnel };
    case 'pod':
      return sinkAddress === '' ? undefined : { address: sinkAddress, tunnel: sink.tunnel };
  }
}

function objection(sink: Sink, { mirrorInterface, foreignLinks }: OrderSources): string | undefined {
  if (!('link' in sink)) return undefined;
  if (sink.link === mirrorInterface) return `interface ${sink.link} is that of the annotations; give spec.sink.interface another name`;
  return foreignLinks.includes(sink.link)
    ? `the node has an interface ${sink.link} of its own; give spec.sink.interface another name`
    : undefined;
}
