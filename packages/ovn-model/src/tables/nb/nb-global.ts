import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * The one row of database-wide options and of the configuration sequence numbers.
 * @source OVN_Northbound NB_Global
 */
export const nbGlobal = defineTable('NB_Global', {
  name: column.string(),
  nb_cfg: column.integer(),
  nb_cfg_timestamp: column.integer(),
  sb_cfg: column.integer(),
  sb_cfg_timestamp: column.integer(),
  hv_cfg: column.integer(),
  hv_cfg_timestamp: column.integer(),
  external_ids: column.map(column.string(), column.string()),
  options: column.map(column.string(), column.string()),
  ipsec: column.boolean(),
});
