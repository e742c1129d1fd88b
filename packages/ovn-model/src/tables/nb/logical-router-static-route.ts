import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * A route, by destination or by source, in the main or in a named route table.
 * @source OVN_Northbound Logical_Router_Static_Route
 */
export const logicalRouterStaticRoute = defineTable(
  'Logical_Router_Static_Route',
  {
    route_table: column.string(),
    ip_prefix: column.string(),
    policy: column.optional(column.enum('src-ip', 'dst-ip')),
    nexthop: column.string(),
    output_port: column.optional(column.string()),
    bfd: column.optional(column.uuid('BFD', 'weak')),
    options: column.map(column.string(), column.string()),
    external_ids: column.map(column.string(), column.string()),
  },
  { isRoot: false },
);
