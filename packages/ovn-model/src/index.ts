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
  groupName,
  maxAclNameLength,
  portGroupAddressSet,
  routerPortName,
  switchRouterPortName,
} from './names.ts';
export { tables } from './tables/northbound.ts';
export { vswitchTables } from './tables/vswitch.ts';
