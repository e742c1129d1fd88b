/** External addresses and what they are for: OvnEips, rules of NAT, ports of routers on external Subnets, held against each other. */
import type { OvnDnatRule, OvnEip, OvnFip, OvnSnatRule, Problem } from '@kube-ovn/api';
import { deriveTable, expandTable, type Index, indexBy, isSamePlainData, mergeTables, type Table } from '@kube-ovn/dataflow';
import type { HeldLease } from '../../effects/demand.ts';
import { changedEipFields, type EipInput, eipProblems, readEip } from '../../inputs/ovn-eip.ts';
import { changedNatFields, type NatInput, type NatKind, natKey, type NatObject, readNat } from '../../inputs/ovn-nat.ts';
import { immutableProblem } from '../../inputs/immutable.ts';
import { problem } from '../../inputs/problem.ts';
import type { SubnetInput } from '../../inputs/subnet.ts';
import type { VpcInput } from '../../inputs/vpc.ts';
import type { SeenExternal } from '../../sources/northbound.ts';
import { hasCentralGateway } from '../central-gateway/central-gateway.formula.ts';
import type { Names } from '../graph.ts';
import { asNewcomer } from '../rank.ts';
import { refusedClaims } from './claims.ts';
import { type ExternalLink, externalLinksOf, linkKey } from './links.ts';
import { type NatReading, resolveNat } from './resolve.ts';

export interface ExternalSources {
  readonly names: Names;
  readonly ovnEips: Table<OvnEip>;
  readonly ovnFips: Table<OvnFip>;
  readonly ovnSnatRules: Table<OvnSnatRule>;
  readonly ovnDnatRules: Table<OvnDnatRule>;
  readonly leases: Table<HeldLease>;
  readonly northbound: { readonly external: Table<SeenExternal> };
}

/** The external side of the graph. */
export interface External {
  readonly eips: Table<EipInput>;
  /** By `natKey`. */
  readonly nats: Table<NatInput>;
  /** Keys of rules by their OvnEip. */
  readonly natsByEip: Index;
  /** What becomes of the rules. */
  readonly readings: Table<NatReading>;
  /** Keys of the rules in force by their Vpc. */
  readonly natsByVpc: Index;
  /** Ports of routers on external Subnets, by `linkKey`. */
  readonly links: Table<ExternalLink>;
  readonly linksByVpc: Index;
  /** Rows that OVN has, by the key of their rule. */
  readonly seenByNat: Index;
  readonly linksByEip: Index;
  /** Why a Vpc has not all the ports that it asks for. */
  readonly linkProblems: (vpc: VpcInput) => readonly Problem[];
  /** What would be said of an OvnEip, or of a rule, if it were written now, after all that are there. */
  readonly judgeEip: (eip: OvnEip) => readonly Problem[];
  readonly judgeNat: (kind: NatKind, object: NatObject) => readonly Problem[];
}

const byContent = { equals: isSamePlainData };

export function judgeExternal(
  sources: ExternalSources,
  { subnets, vpcs }: { readonly subnets: Table<SubnetInput>; readonly vpcs: Table<VpcInput> },
): External {
  const { names, leases } = sources;
  const eips = deriveTable('eip inputs', sources.ovnEips, (_name, eip) => readEip(eip), byContent);
  const nats = mergeTables('nats', [
    natTable('OvnFip', sources.ovnFips),
    natTable('OvnSnatRule', sources.ovnSnatRules),
    natTable('OvnDnatRule', sources.ovnDnatRules),
  ]);
  const natsByEip = indexBy('nats by eip', nats, ({ eip }) => [eip]);
  const around = { external: names.externalSubnet, findSubnet: (name: string) => subnets.get(name) };
  const links = expandTable(
    'external links',
    vpcs,
    (_name, vpc) => externalLinksOf(vpc, around).links.map((link) => [linkKey(vpc.name, link.subnet), link] as const),
    byContent,
  );
  const linksByVpc = indexBy('links by vpc', links, ({ vpc }) => [vpc]);
  const centralSubnets = indexBy('centralized subnets', subnets, (subnet) =>
    hasCentralGateway(subnet, names.clusterRouter) ? [subnet.vpc] : [],
  );
  const claims = deriveTable(
    'claims on eips',
    eips,
    (name) => refusedClaims([...natsByEip.of(name)].flatMap((key) => nats.get(key) ?? [])),
    byContent,
  );
  const gatewayPorts = (vpc: string): number => linksByVpc.of(vpc).size + centralSubnets.of(vpc).size;
  const resolve = (nat: NatInput, other: string | undefined): NatReading =>
    other === undefined ? resolveNat(nat, { eips, subnets, vpcs, leases, links, gatewayPorts }) : taken(nat, other);
  const readings = deriveTable('nat readings', nats, (key, nat) => resolve(nat, claims.get(nat.eip)?.[key]), byContent);
  return {
    eips,
    nats,
    natsByEip,
    readings,
    natsByVpc: indexBy('nats by vpc', readings, (reading) => (reading.ok ? [reading.nat.vpc] : [])),
    links,
    linksByVpc,
    linksByEip: indexBy('links by eip', links, ({ eip }) => [eip]),
    seenByNat: indexBy('seen nats', sources.northbound.external, ({ nat }) => (nat === '' ? [] : [nat])),
    linkProblems: (vpc) => externalLinksOf(vpc, around).problems,
    judgeEip: (eip) => [
      ...eipProblems(readEip(eip), (name) => subnets.get(name)),
      ...oneOrNone(immutableProblem(`OvnEip ${eip.metadata.name}`, changedEipFields(eip))),
    ],
    judgeNat: (kind, object) => {
      const nat = readNat(kind, object);
      const others = [...natsByEip.of(nat.eip)].flatMap((key) => (key === nat.key ? [] : (nats.get(key) ?? [])));
      const reading = resolve(nat, refusedClaims([...others, nat.isAccepted ? nat : asNewcomer(nat)])[nat.key]);
      const changed = immutableProblem(`${kind} ${nat.name}`, changedNatFields(object));
      return [...(reading.ok ? [] : reading.problems), ...oneOrNone(changed)];
    },
  };
}

function oneOrNone<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}

function natTable<T extends NatObject>(kind: NatKind, objects: Table<T>): Table<NatInput> {
  return expandTable(`${kind} inputs`, objects, (name, object) => [[natKey(kind, name), readNat(kind, object)] as const], byContent);
}

function taken({ kind, name, eip, ports }: NatInput, other: string): NatReading {
  const by = other.replace('/', ' ');
  const what = ports === undefined || other.startsWith('OvnFip') ? `is used by ${by}` : `has port ${ports.external} led elsewhere by ${by}`;
  const hint = 'name another OvnEip, or delete the other one';
  return { ok: false, problems: [problem('NAT_EIP_TAKEN', { object: `${kind} ${name}`, field: 'spec.ovnEip', value: eip, what, hint })] };
}
