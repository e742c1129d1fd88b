/** The vocabulary of OVN: tables, identities of the rows that are ours, match expressions, names, and what a server can do. */
export { detectNorthboundFeatures, type NorthboundFeatures } from './features.ts';
export { nbIdentities, ovsIdentities, owner } from './identities.ts';
export {
  addressSet,
  and,
  eq,
  everything,
  inRange,
  inSet,
  type Match,
  type MatchConstant,
  type MatchField,
  type MatchOperator,
  type MatchSymbol,
  not,
  notEq,
  nothing,
  or,
  port,
  portGroup,
  raw,
  symbol,
} from './match/ast.ts';
export { printMatch } from './match/print.ts';
export {
  aclName,
  gatewayPortGroupName,
  gatewaySwitchName,
  groupName,
  maxAclNameLength,
  portGroupAddressSet,
  routerPortName,
  serviceGroupName,
  vpcServiceGroupName,
  templateVariable,
  switchRouterPortName,
} from './names.ts';
/** The form in which rows are wanted, for packages that make rows and send none. */
export { type Fragment, type Membership, rowRef, type WantedRow, wantedRow } from '@kube-ovn/ovsdb';
export { tables } from './tables/northbound.ts';
export { southboundTables } from './tables/southbound.ts';
export { vswitchTables } from './tables/vswitch.ts';
