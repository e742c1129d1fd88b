/**
 * A small network in a test's own words: what is wanted, the fragments that say so, and what the database must then hold.
 * The expectation is computed from the wish alone, without the planner.
 */
import fc from 'fast-check';
import { rowRef } from '../../src/index.ts';
import type { Fragment, Membership, WantedRow } from '../../src/index.ts';

export interface Pod {
  readonly network: string;
  readonly address: string;
  readonly groups: readonly string[];
  readonly mac: string;
}

export interface Rule {
  readonly on: { readonly table: 'Port_Group' | 'Logical_Switch'; readonly key: string };
  readonly priority: number;
}

export interface Service {
  readonly balancer: string;
  readonly vips: Readonly<Record<string, string>>;
  readonly networks: readonly string[];
}

/** Everything is by name; the owner of each is its kind and name. */
export interface World {
  readonly networks: Readonly<Record<string, { readonly other: string }>>;
  readonly groups: readonly string[];
  readonly balancers: readonly string[];
  readonly pods: Readonly<Record<string, Pod>>;
  readonly rules: Readonly<Record<string, Rule>>;
  readonly services: Readonly<Record<string, Service>>;
  readonly routes: Readonly<Record<string, string>>;
}

const name = (prefix: string, count: number): fc.Arbitrary<string> => fc.integer({ min: 0, max: count - 1 }).map((i) => `${prefix}${i}`);
const network = name('net', 3);
const group = name('grp', 3);
const balancer = name('lb', 2);

export const worlds: fc.Arbitrary<World> = fc.record({
  networks: fc.dictionary(network, fc.record({ other: fc.constantFrom('x', 'y') })),
  groups: fc.uniqueArray(group),
  balancers: fc.uniqueArray(balancer),
  pods: fc.dictionary(
    name('pod', 6),
    fc.record({
      network,
      address: fc.integer({ min: 1, max: 9 }).map((i) => `10.0.0.${i}`),
      groups: fc.uniqueArray(group),
      mac: fc.constantFrom('00:00:00:00:00:01', '00:00:00:00:00:02'),
    }),
  ),
  rules: fc.dictionary(
    name('rule', 4),
    fc.record({
      on: fc.oneof(
        fc.record({ table: fc.constant('Port_Group' as const), key: group }),
        fc.record({ table: fc.constant('Logical_Switch' as const), key: network }),
      ),
      priority: fc.constantFrom(1, 2, 3),
    }),
  ),
  services: fc.dictionary(
    name('svc', 3),
    fc.record({
      balancer,
      vips: fc.dictionary(name('1.1.1.', 3), fc.constantFrom('10.0.0.1:80', '10.0.0.2:80')),
      networks: fc.uniqueArray(network),
    }),
  ),
  routes: fc.dictionary(name('10.1.', 2), fc.constantFrom('10.0.0.1', '10.0.0.2')),
});

/** The fragments of a world by owner. Services on the same VIP disagree, so each VIP is made the service's own. */
export function fragmentsOf(world: World): Map<string, Fragment> {
  const fragments = new Map<string, Fragment>();
  const put = (owner: string, rows: readonly WantedRow[], members: readonly Membership[] = []): void =>
    void fragments.set(owner, { rows, members });
  for (const [key, { other }] of Object.entries(world.networks))
    put(`network/${key}`, [{ table: 'Logical_Switch', key, columns: { other_config: { other }, load_balancer: [] } }]);
  for (const key of world.groups) {
    put(`group/${key}`, [
      { table: 'Port_Group', key, columns: { ports: [], external_ids: { group: key } } },
      { table: 'Address_Set', key: `as_${key}`, columns: { addresses: [] } },
    ]);
  }
  for (const key of world.balancers) put(`balancer/${key}`, [{ table: 'Load_Balancer', key, columns: { protocol: 'tcp', vips: {} } }]);
  for (const [key, pod] of Object.entries(world.pods)) {
    put(
      `pod/${key}`,
      [
        {
          table: 'Logical_Switch_Port',
          key,
          columns: { addresses: [`${pod.mac} ${pod.address}`], external_ids: { pod: key } },
          parent: { table: 'Logical_Switch', key: pod.network, column: 'ports' },
        },
      ],
      pod.groups.flatMap((item) => [
        { table: 'Port_Group', key: item, column: 'ports', set: [rowRef('Logical_Switch_Port', key)] },
        { table: 'Address_Set', key: `as_${item}`, column: 'addresses', set: [pod.address] },
      ]),
    );
  }
  for (const [key, { on, priority }] of Object.entries(world.rules)) {
    put(`rule/${key}`, [
      {
        table: 'ACL',
        key,
        columns: { priority, direction: 'to-lport', match: 'ip4', action: 'drop', label: priority },
        parent: { ...on, column: 'acls' },
      },
    ]);
  }
  for (const [key, service] of Object.entries(world.services)) {
    put(
      `service/${key}`,
      [],
      [
        {
          table: 'Load_Balancer',
          key: service.balancer,
          column: 'vips',
          map: Object.fromEntries(Object.entries(service.vips).map(([vip, backend]) => [`${vip}:${key}`, backend])),
        },
        ...service.networks.map((item) => ({
          table: 'Logical_Switch',
          key: item,
          column: 'load_balancer',
          set: [rowRef('Load_Balancer', service.balancer)],
        })),
      ],
    );
  }
  for (const [prefix, nexthop] of Object.entries(world.routes)) {
    put(`route/${prefix}`, [
      { table: 'Logical_Router', key: 'router', columns: {} },
      {
        table: 'Logical_Router_Static_Route',
        key: prefix,
        columns: { ip_prefix: prefix, nexthop },
        parent: { table: 'Logical_Router', key: 'router', column: 'static_routes' },
      },
    ]);
  }
  return fragments;
}

/** What the database must hold, as `describe` in support/observe.ts prints it. */
export function expectedOf(world: World): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const pods = Object.entries(world.pods).filter(([, pod]) => pod.network in world.networks);
  const services = Object.entries(world.services);
  const rules = Object.entries(world.rules).filter(([, { on }]) =>
    on.table === 'Port_Group' ? world.groups.includes(on.key) : on.key in world.networks,
  );
  const rulesOn = (table: string, key: string): string[] =>
    rules
      .filter(([, { on }]) => on.table === table && on.key === key)
      .map(([rule]) => rule)
      .toSorted();
  return {
    Logical_Switch: Object.fromEntries(
      Object.entries(world.networks).map(([key, { other }]) => [
        key,
        {
          other_config: { other },
          ports: pods
            .filter(([, pod]) => pod.network === key)
            .map(([pod]) => pod)
            .toSorted(),
          acls: rulesOn('Logical_Switch', key),
          load_balancer: [
            ...new Set(
              services
                .filter(([, service]) => service.networks.includes(key) && world.balancers.includes(service.balancer))
                .map(([, service]) => service.balancer),
            ),
          ].toSorted(),
        },
      ]),
    ),
    Logical_Switch_Port: Object.fromEntries(
      pods.map(([key, pod]) => [key, { addresses: [`${pod.mac} ${pod.address}`], external_ids: { vendor: 'test', pod: key } }]),
    ),
    Port_Group: Object.fromEntries(
      world.groups.map((key) => [
        key,
        {
          ports: pods
            .filter(([, pod]) => pod.groups.includes(key))
            .map(([pod]) => pod)
            .toSorted(),
          acls: rulesOn('Port_Group', key),
          external_ids: { vendor: 'test', group: key },
        },
      ]),
    ),
    Address_Set: Object.fromEntries(
      world.groups.map((key) => [
        `as_${key}`,
        {
          addresses: [
            ...new Set(
              Object.values(world.pods)
                .filter((pod) => pod.groups.includes(key))
                .map((pod) => pod.address),
            ),
          ].toSorted(),
        },
      ]),
    ),
    Load_Balancer: Object.fromEntries(
      world.balancers.map((key) => [
        key,
        {
          vips: Object.fromEntries(
            services
              .filter(([, service]) => service.balancer === key)
              .flatMap(([svc, service]) => Object.entries(service.vips).map(([vip, backend]) => [`${vip}:${svc}`, backend] as const)),
          ),
        },
      ]),
    ),
    ACL: Object.fromEntries(rules.map(([key, { priority }]) => [key, { priority, label: priority, match: 'ip4', action: 'drop' }])),
    Logical_Router: Object.keys(world.routes).length === 0 ? {} : { router: { static_routes: Object.keys(world.routes).toSorted() } },
    Logical_Router_Static_Route: Object.fromEntries(
      Object.entries(world.routes).map(([prefix, nexthop]) => [prefix, { ip_prefix: prefix, nexthop }]),
    ),
  };
}
