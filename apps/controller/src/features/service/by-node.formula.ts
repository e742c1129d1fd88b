/**
 * Fronts that are answered otherwise on each node → templates of load balancers, and what their variables stand for on each chassis.
 *
 * A template is a row for all nodes; a variable has one value for each chassis, and a flow with a variable that a chassis does not know is not
 * there. So of one front a chassis knows either `at` and `to`, the address and its backends, or `none`, the address at which it refuses.
 * Affinity by OVN itself does not work with templates of OVN 23.03: it takes every address for one of IPv6.
 * @source ovn-nb(5) Load_Balancer options:template, Chassis_Template_Var
 */
import { type Backend, type BackendQuestion, chooseBackends, dependsOnPlace, type SliceInput, type Viewpoint } from '@kube-ovn/api';
import { isSamePlainData } from '@kube-ovn/dataflow';
import { type Fragment, type Membership, wantedRow } from '@kube-ovn/ovsdb';
import { tables, templateVariable } from '@kube-ovn/ovn-model';
import type { ServiceFront } from './service.formula.ts';
import { socket } from './socket.ts';

/** A node whose pods ask. */
export interface Place extends Viewpoint {
  readonly chassis: string;
}

/** Backends by chassis. */
export type PlacedBackends = ReadonlyMap<string, readonly Backend[]>;

/** The row of a chassis, which services put their variables into. */
export function chassisFragment(chassis: string): Fragment {
  return { rows: [wantedRow(tables.chassisTemplateVar, chassis, { variables: {} })], members: [] };
}

/** Only backends on the very node that is asked from. */
export function localBackends(question: BackendQuestion, slices: readonly SliceInput[], places: readonly Place[]): PlacedBackends {
  const inhabited = new Set(slices.flatMap(({ endpoints }) => endpoints.map(({ node }) => node)));
  return new Map(
    places.map(({ node, chassis }) => [chassis, inhabited.has(node) ? chooseBackends({ ...question, node }, slices) : []] as const),
  );
}

/** Those that are meant for who asks from each place; undefined: the same everywhere. */
export function nearBackends(
  question: BackendQuestion,
  slices: readonly SliceInput[],
  places: () => readonly Place[],
): PlacedBackends | undefined {
  if (!dependsOnPlace(question, slices)) return undefined;
  const isByNode = slices.some(({ endpoints }) => endpoints.some(({ nodes }) => nodes !== undefined));
  const known = new Map<string, readonly Backend[]>();
  const from = ({ node, zone }: Viewpoint): readonly Backend[] => {
    const where = isByNode ? `node ${node}` : `zone ${zone}`;
    const backends = known.get(where) ?? chooseBackends({ ...question, from: { node, zone } }, slices);
    known.set(where, backends);
    return backends;
  };
  const all = chooseBackends(question, slices);
  const placed = new Map(places().map((place) => [place.chassis, from(place)] as const));
  return [...placed.values()].every((backends) => isSamePlainData(backends, all)) ? undefined : placed;
}

/** VIPs and backends as a template has them. */
export function templateVips(service: string, fronts: readonly ServiceFront[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    fronts.flatMap((front) => {
      const { at, to, none } = variablesOf(service, front);
      return [[`^${at}:${front.port}`, `^${to}`] as const, ...(front.isLocal ? [[`^${none}:${front.port}`, ''] as const] : [])];
    }),
  );
}

/** What the variables of a template stand for. */
export function templateValues(service: string, fronts: readonly ServiceFront[]): readonly Membership[] {
  const maps = new Map<string, Record<string, string>>();
  for (const front of fronts) {
    const { at, to, none } = variablesOf(service, front);
    const { family, address } = front.address;
    for (const [chassis, backends] of front.byChassis ?? []) {
      const values = maps.get(chassis) ?? {};
      maps.set(chassis, values);
      if (backends.length === 0) values[none] = address;
      else {
        values[at] = address;
        values[to] = backends.map((backend) => socket({ ...backend, family }, backend.port)).join(',');
      }
    }
  }
  return [...maps].map(([key, map]) => ({ table: 'Chassis_Template_Var', key, column: 'variables', map }));
}

function variablesOf(service: string, { protocol, port, address }: ServiceFront): Readonly<Record<'at' | 'to' | 'none', string>> {
  const name = (use: string): string => templateVariable(service, protocol, String(port), address.address, use);
  return { at: name('at'), to: name('to'), none: name('none') };
}
