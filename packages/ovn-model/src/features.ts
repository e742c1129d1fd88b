/**
 * What the OVN at hand can do, read from the schema that its server reports. Version strings are not consulted: distributions
 * backport, and the schema is what decides whether a column may be written.
 */
import type { DatabaseSchema } from '@kube-ovn/ovsdb';

/** Abilities that differ between the OVN releases we run on (23.03 and later). */
export interface NorthboundFeatures {
  /** ACLs have tiers, so that admin policies are judged before ordinary ones. Without: priority ranges. @source ACL.tier (OVN 23.09) */
  readonly aclTiers: boolean;
  /** A router policy can choose among several route tables and be tied to BFD sessions. @source Logical_Router_Policy.bfd_sessions (OVN 24.09) */
  readonly policyBfd: boolean;
  /** A load balancer can be instantiated from a template per chassis. @source Chassis_Template_Var (OVN 22.12) */
  readonly templateVariables: boolean;
  /** Mirror rules can be filtered. @source Mirror_Rule (OVN 25.03) */
  readonly mirrorRules: boolean;
  /** Static MAC bindings exist. @source Static_MAC_Binding (OVN 22.03) */
  readonly staticMacBinding: boolean;
}

/** Detect the abilities of an OVN_Northbound server from its schema. */
export function detectNorthboundFeatures(schema: DatabaseSchema): NorthboundFeatures {
  return {
    aclTiers: hasColumn(schema, 'ACL', 'tier'),
    policyBfd: hasColumn(schema, 'Logical_Router_Policy', 'bfd_sessions'),
    templateVariables: hasTable(schema, 'Chassis_Template_Var'),
    mirrorRules: hasTable(schema, 'Mirror_Rule'),
    staticMacBinding: hasTable(schema, 'Static_MAC_Binding'),
  };
}

function hasTable(schema: DatabaseSchema, table: string): boolean {
  return schema.tables.has(table);
}

function hasColumn(schema: DatabaseSchema, table: string, column: string): boolean {
  return schema.tables.get(table)?.columns.has(column) === true;
}
