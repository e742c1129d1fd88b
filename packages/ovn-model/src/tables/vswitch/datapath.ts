import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * A datapath, and what ovs-vswitchd found that it can do.
 * @source Open_vSwitch Datapath
 */
export const datapath = defineTable(
  'Datapath',
  {
    datapath_version: column.string(),
    capabilities: column.map(column.string(), column.string()),
    external_ids: column.map(column.string(), column.string()),
  },
  { isRoot: false },
);
