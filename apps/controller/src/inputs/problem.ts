/** A Problem says what is wrong with an object so that its author can mend it: object, field, value, and the way out. */
import type { Problem } from '@kube-ovn/api';

export type ProblemCode =
  | 'SUBNET_BAD_CIDR'
  | 'SUBNET_BAD_GATEWAY'
  | 'SUBNET_BAD_EXCLUDE_IPS'
  | 'SUBNET_BAD_FIELD'
  | 'SUBNET_OVERLAP'
  | 'SUBNET_NODE_ADDRESS'
  | 'SUBNET_SERVICE_ADDRESS'
  | 'SUBNET_NO_VPC'
  | 'SUBNET_NAMESPACE_NOT_IN_VPC'
  | 'SUBNET_TABLE_TAKEN'
  | 'SUBNET_IN_USE'
  | 'SUBNET_NO_VLAN'
  | 'VLAN_NO_PROVIDER_NETWORK'
  | 'VLAN_CONFLICT'
  | 'PROVIDER_NETWORK_BAD_FIELD'
  | 'IPPOOL_BAD_FIELD'
  | 'IPPOOL_NO_SUBNET'
  | 'IPPOOL_OUTSIDE_SUBNET'
  | 'IPPOOL_OVERLAP'
  | 'IP_BAD_FIELD'
  | 'IP_BAD_NAME'
  | 'IP_NO_SUBNET'
  | 'IP_OUTSIDE_SUBNET'
  | 'IP_TAKEN'
  | 'VPC_BAD_FIELD'
  | 'VPC_NO_SUBNET'
  | 'VPC_WRONG_SUBNET'
  | 'VPC_NO_PEER'
  | 'VPC_PEERING_MISMATCH'
  | 'VPC_BAD_PEERING'
  | 'GATEWAY_BAD_FIELD'
  | 'EIP_BAD_FIELD'
  | 'EIP_NO_SUBNET'
  | 'EIP_WRONG_SUBNET'
  | 'EIP_OUTSIDE_SUBNET'
  | 'NAT_BAD_FIELD'
  | 'NAT_NO_EIP'
  | 'NAT_WRONG_EIP'
  | 'NAT_NO_TARGET'
  | 'NAT_NOT_JOINED'
  | 'NAT_NO_FAMILY'
  | 'NAT_SEVERAL_PORTS'
  | 'NAT_EIP_TAKEN'
  | 'IMMUTABLE'
  | 'VIP_BAD_FIELD'
  | 'VIP_NO_SUBNET'
  | 'VIP_OUTSIDE_SUBNET'
  | 'POD_POOL_TOO_SHORT'
  | 'POD_UNKNOWN_NETWORK'
  | 'POD_INTERFACE_TAKEN'
  | 'POD_WRONG_SUBNET'
  | 'POD_NO_SUBNET'
  | 'POD_SUBNET_REFUSED'
  | 'POD_NO_VIP'
  | 'NETWORK_BAD_PROVIDER'
  | 'SERVICE_NO_SUBNET'
  | 'SERVICE_NO_VPC'
  | 'SERVICE_INSIDE_VPC'
  | 'SERVICE_OTHER_VPC'
  | 'SLR_TAKEN'
  | 'SLR_NO_NAMESPACE';

export interface ProblemParts {
  /** `Kind name` or `Kind namespace/name`. */
  readonly object: string;
  readonly field: string;
  readonly value: string;
  /** What is wrong, as the end of a sentence that begins with the value. */
  readonly what: string;
  /** The way out. */
  readonly hint: string;
}

const maxValueLength = 200;

/** Build a problem. The value is cut, so that an event stays readable whatever a user wrote. */
export function problem(code: ProblemCode, parts: ProblemParts): Problem {
  const { object, field, what, hint } = parts;
  const value = parts.value.length > maxValueLength ? `${parts.value.slice(0, maxValueLength)}...` : parts.value;
  const shown = [field, value === '' ? '' : `"${value}"`, what].filter((part) => part !== '').join(' ');
  return { code, object, field, value, hint, message: `${object}: ${shown}; ${hint}` };
}
