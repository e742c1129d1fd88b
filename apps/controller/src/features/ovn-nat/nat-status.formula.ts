/** OvnFip, OvnSnatRule, OvnDnatRule → what is written to it, and what its user is told. */
import { acceptedAnnotation, type Condition, FINALIZER, OLD_FINALIZER } from '@kube-ovn/api';
import type { ObjectPatch } from '@kube-ovn/kube';
import { acceptedNatText, changedNatFields, type NatInput, type NatObject, restoredNatSpec } from '../../inputs/ovn-nat.ts';
import { immutableProblem } from '../../inputs/immutable.ts';
import type { Notice } from '../feature.ts';
import { finalizersWanted } from '../finalizers.ts';
import { problemsText } from '../problems-text.ts';
import type { NatReading, ResolvedNat } from './resolve.ts';

export interface NatProgress {
  readonly reading: NatReading;
  /** OVN has its rows. */
  readonly isSeen: boolean;
}

/** @source Kube-OVN: spellings of the status fields of each kind */
export function natPatch(object: NatObject, nat: NatInput, { reading, isSeen }: NatProgress): ObjectPatch {
  if (nat.isTerminating) return { finalizers: finalizersWanted(object.metadata, isSeen) };
  const finalizers = { [FINALIZER]: true, [OLD_FINALIZER]: false };
  const observedGeneration = object.metadata.generation ?? 0;
  const restored = restoredNatSpec(object);
  const spec = restored === undefined ? {} : { spec: restored };
  const conditions = (ready: Pick<Condition, 'status' | 'reason' | 'message'>): readonly Condition[] => [
    { type: 'Ready', ...ready, observedGeneration },
  ];
  if (!reading.ok) {
    const status = {
      ready: false,
      conditions: conditions({ status: 'False', reason: `Validate${nat.kind}Failed`, message: problemsText(reading.problems) }),
    };
    return { finalizers, ...spec, status };
  }
  if (!isSeen) return { finalizers, ...spec, status: { ready: false } };
  return {
    finalizers,
    ...spec,
    annotations: { [acceptedAnnotation]: acceptedNatText(object) },
    status: { ...mirrors(nat, reading.nat), ready: true, conditions: conditions({ status: 'True', reason: 'RulesApplied', message: '' }) },
  };
}

function mirrors({ kind, ports, target }: NatInput, { vpc, eip, v4 = '', v6 = '', mac }: ResolvedNat): Readonly<Record<string, string>> {
  const common = { vpc, v4Eip: eip.v4 ?? '', v6Eip: eip.v6 ?? '' };
  const name = target?.kind === 'ip' || target?.kind === 'vip' ? target.name : '';
  switch (kind) {
    case 'OvnFip':
      return { ...common, v4Ip: v4, v6Ip: v6, macAddress: mac };
    case 'OvnSnatRule':
      return { ...common, v4IpCidr: v4, v6IpCidr: v6 };
    case 'OvnDnatRule':
      return {
        ...common,
        v4Ip: v4,
        v6Ip: v6,
        protocol: ports?.protocol ?? '',
        internalPort: String(ports?.internal ?? ''),
        externalPort: String(ports?.external ?? ''),
        ipName: name,
      };
  }
}

const kinds = { OvnFip: 'ovnFip', OvnSnatRule: 'ovnSnatRule', OvnDnatRule: 'ovnDnatRule' } as const;

export function natNotice(object: NatObject, nat: NatInput, { reading }: NatProgress): Notice | undefined {
  const warning = { kind: kinds[nat.kind], key: nat.name, type: 'Warning' as const };
  if (nat.isTerminating) return undefined;
  const changed = immutableProblem(`${nat.kind} ${nat.name}`, changedNatFields(object));
  if (changed !== undefined) return { ...warning, reason: `${nat.kind}Immutable`, message: changed.message };
  const said = object.status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
  const message = reading.ok ? '' : problemsText(reading.problems);
  return message === '' || message === said ? undefined : { ...warning, reason: `Validate${nat.kind}Failed`, message };
}
