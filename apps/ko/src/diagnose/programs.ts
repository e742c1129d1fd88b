/** The network's own programs: their pods, the controller's lease, and what nodes say of themselves. Pure. */
import type { CoreCondition, Lease, Node, Pod } from '@kube-ovn/api';
import type { Diagnosis } from './finding.ts';

/** Labels `app` of the pods. @source Kube-OVN's manifests; packages/install */
export const PROGRAMS: Readonly<Record<string, string>> = {
  'ovn-central': 'databases of OVN',
  ovs: 'Open vSwitch',
  'ovs-dpdk': 'Open vSwitch',
  'kube-ovn-controller': 'controller',
  'kube-ovn-cni': 'daemon',
  'kube-ovn-cni-dpdk': 'daemon',
  'kube-ovn-speaker': 'speaker',
  'kube-ovn-pinger': 'pinger',
};

export interface ProgramFacts {
  /** Of the network's programs; none where they do not run in pods. */
  readonly pods: readonly Pod[];
  readonly nodes: readonly Node[];
  readonly lease: Lease | undefined;
  readonly nowMs: number;
}

export function programFindings(facts: ProgramFacts): readonly Diagnosis[] {
  return [...leaseFindings(facts), ...facts.pods.flatMap(podFindings), ...placeFindings(facts), ...facts.nodes.flatMap(nodeFindings)];
}

/** @source Kubernetes coordination.k8s.io/v1 LeaseSpec */
function leaseFindings({ lease, nowMs }: ProgramFacts): readonly Diagnosis[] {
  const { holderIdentity = '', renewTime, leaseDurationSeconds = 30 } = lease?.spec ?? {};
  const ageS = renewTime === undefined ? Infinity : (nowMs - Date.parse(renewTime)) / 1000;
  if (holderIdentity !== '' && ageS <= leaseDurationSeconds) return [];
  const last = holderIdentity === '' ? 'nobody holds it' : `${holderIdentity} held it until ${Math.round(ageS)} s ago`;
  return [
    {
      severity: 'error',
      code: 'NO_LEADER',
      object: 'lease kube-ovn-controller',
      message: `no controller leads: ${last}`,
      fix: 'new pods get no addresses, and nothing is changed in OVN, until one does: /readyz of a replica (port 10660) says why not',
    },
  ];
}

function podFindings({ metadata, spec, status }: Pod): readonly Diagnosis[] {
  const program = PROGRAMS[metadata.labels?.['app'] ?? ''] ?? '';
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status === 'True') return [];
  const reason = ready?.message ?? status?.message ?? status?.reason ?? status?.phase ?? 'no status yet';
  return [
    {
      severity: 'error',
      code: 'PROGRAM_NOT_READY',
      object: `pod ${metadata.namespace ?? ''}/${metadata.name}${spec?.nodeName === undefined ? '' : ` on node ${spec.nodeName}`}`,
      message: `${program} is not ready: ${reason}`,
      fix: `kubectl -n ${metadata.namespace ?? ''} describe pod ${metadata.name}; its readiness probe and log have the reason`,
    },
  ];
}

/** Where daemons and Open vSwitch run in pods, each node needs one of each. */
function placeFindings({ pods, nodes }: ProgramFacts): readonly Diagnosis[] {
  return ['daemon', 'Open vSwitch'].flatMap((program) => {
    const places = new Set(
      pods.filter(({ metadata }) => PROGRAMS[metadata.labels?.['app'] ?? ''] === program).map(({ spec }) => spec?.nodeName),
    );
    if (places.size === 0) return [];
    return nodes
      .filter(({ metadata }) => !places.has(metadata.name))
      .map(({ metadata }) => ({
        severity: 'error' as const,
        code: 'PROGRAM_MISSING',
        object: `node ${metadata.name}`,
        message: `has no pod of the ${program}`,
        fix: 'a taint without toleration, a label that its DaemonSet leaves out, or no room: kubectl describe the DaemonSet',
      }));
  });
}

/** Conditions that say that something is wrong, in their way. */
const BAD: Readonly<Record<string, CoreCondition['status']>> = { Ready: 'False', NetworkUnavailable: 'True', TunnelUnavailable: 'True' };

function nodeFindings({ metadata, status }: Node): readonly Diagnosis[] {
  return (status?.conditions ?? [])
    .filter((condition) => BAD[condition.type] === condition.status || (condition.type === 'Ready' && condition.status === 'Unknown'))
    .map(({ type, status: value, reason = '', message = '' }) => ({
      severity: 'error',
      code: 'NODE_CONDITION',
      object: `node ${metadata.name}`,
      message: `${type} is ${value}: ${[reason, message].filter((text) => text !== '').join(': ') || 'no reason is given'}`,
      fix:
        type === 'Ready'
          ? 'the kubelet says it; "NetworkPluginNotReady" is the daemon’s: /readyz of it (port 10665) lists the reasons'
          : 'the daemon of the node says it, and takes it back when it is over',
    }));
}
