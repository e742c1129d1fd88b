/**
 * The spec that was accepted last, kept on the Subnet itself: while a user's edit can not be used, the Subnet goes on as before, over
 * restarts too, and its pods stay connected.
 */
import { acceptedFields } from './accepted-spec.ts';
import type { Subnet, SubnetSpec } from './crds/subnet.ts';

/** Fields that rows, addresses and bindings follow from. */
const kept = [
  'cidrBlock',
  'gateway',
  'excludeIps',
  'vpc',
  'provider',
  'vlan',
  'logicalGateway',
  'u2oInterconnection',
  'u2oInterconnectionIP',
  'u2oFeatures',
  'gatewayType',
  'gatewayNode',
  'gatewayNodeSelectors',
  'enableEcmp',
  'natOutgoing',
  'natOutgoingPolicyRules',
  'externalEgressGateway',
  'policyRoutingPriority',
  'policyRoutingTableID',
  'acls',
  'allowEWTraffic',
  'private',
  'allowSubnets',
  'routeTable',
  'enableIPv6RA',
  'ipv6RAConfigs',
  'namespaces',
  'namespaceSelectors',
] as const satisfies readonly (keyof SubnetSpec)[];

/** The annotation's text for a spec. */
export function specInForce(spec: SubnetSpec): string {
  return JSON.stringify(Object.fromEntries(kept.flatMap((field) => (spec[field] === undefined ? [] : [[field, spec[field]]]))));
}

/** The Subnet with the spec that was accepted last; undefined when none was, or the annotation has been spoilt. */
export function asAccepted(subnet: Subnet): Subnet | undefined {
  const fields = acceptedFields(subnet);
  return fields === undefined ? undefined : { ...subnet, spec: pick(fields) };
}

/**
 * The Subnet as whoever does not judge it should take it: as it stands once the controller has accepted that, before with the spec that was
 * accepted last, if there is one.
 */
export function inForce(subnet: Subnet): Subnet {
  const isJudged = (subnet.status?.conditions ?? []).some(
    ({ type, status, observedGeneration }) =>
      type === 'Validated' && status === 'True' && observedGeneration === (subnet.metadata.generation ?? 0),
  );
  const accepted = isJudged ? undefined : asAccepted(subnet)?.spec;
  if (accepted === undefined) return subnet;
  const others = Object.entries(subnet.spec ?? {}).filter(([field]) => !(kept as readonly string[]).includes(field));
  return { ...subnet, spec: { ...Object.fromEntries(others), ...accepted } };
}

/** Only what has the right form: a spoilt annotation must not become a crash further on; readSubnet judges the texts. */
function pick(values: Readonly<Record<string, unknown>>): SubnetSpec {
  const text = (value: unknown): boolean => typeof value === 'string';
  const fits: Readonly<Record<(typeof kept)[number], (value: unknown) => boolean>> = {
    cidrBlock: text,
    gateway: text,
    vpc: text,
    provider: text,
    vlan: text,
    logicalGateway: isFlag,
    u2oInterconnection: isFlag,
    u2oInterconnectionIP: text,
    u2oFeatures: isObject,
    gatewayType: text,
    gatewayNode: text,
    gatewayNodeSelectors: isObjects,
    enableEcmp: isFlag,
    routeTable: text,
    enableIPv6RA: isFlag,
    ipv6RAConfigs: text,
    natOutgoing: isFlag,
    natOutgoingPolicyRules: isObjects,
    externalEgressGateway: text,
    policyRoutingPriority: isNumber,
    policyRoutingTableID: isNumber,
    allowEWTraffic: isFlag,
    private: isFlag,
    allowSubnets: isTexts,
    acls: isObjects,
    excludeIps: isTexts,
    namespaces: isTexts,
    namespaceSelectors: isObjects,
  };
  return Object.fromEntries(kept.flatMap((field) => (fits[field](values[field]) ? [[field, values[field]]] : [])));
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number';
}

function isFlag(value: unknown): boolean {
  return typeof value === 'boolean';
}

function isObjects(value: unknown): boolean {
  return Array.isArray(value) && value.every(isObject);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
