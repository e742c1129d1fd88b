import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * What each variable of a template stands for on one chassis.
 * @source OVN_Northbound Chassis_Template_Var (OVN 22.12)
 */
export const chassisTemplateVar = defineTable('Chassis_Template_Var', {
  chassis: column.string(),
  variables: column.map(column.string(), column.string()),
  external_ids: column.map(column.string(), column.string()),
});
