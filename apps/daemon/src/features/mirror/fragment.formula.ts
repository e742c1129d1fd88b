/** Order → its rows in the node's database. Rows that several orders share are the same in each. */
import type { Fragment } from '@kube-ovn/ovsdb';
import type { Order } from './orders.formula.ts';
import { bridgeRows, mirrorRows, sinkRows } from './rows.ts';

/** Name under which the planner knows an order. */
export function orderOwner({ mirror }: Pick<Order, 'mirror'>): string {
  return mirror === undefined ? 'mirror' : `mirror/${mirror}`;
}

/** @param datapathType that of br-int: ports between two bridges need the same */
export function orderFragment({ rows, isAll, interfaces, sink }: Order, datapathType: string): Fragment {
  const links = interfaces.map(({ link }) => link);
  return {
    rows: [
      ...bridgeRows(datapathType),
      ...sinkRows(sink),
      ...(rows.received === undefined ? [] : mirrorRows(rows.received, isAll ? { all: true } : { to: links })),
      ...(rows.sent === undefined ? [] : mirrorRows(rows.sent, { from: links })),
    ],
    members: [],
  };
}
