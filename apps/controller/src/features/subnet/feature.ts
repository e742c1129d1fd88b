import { acceptedAnnotation, specInForce } from '@kube-ovn/api';
import { deriveTable, isSamePlainData, type Table } from '@kube-ovn/dataflow';
import type { ObjectPatch } from '@kube-ovn/kube';
import type { Feature, Notice } from '../feature.ts';
import { finalizersWanted } from '../finalizers.ts';
import { fragmentTable } from '../fragments.ts';
import type { Graph } from '../graph.ts';
import { junctionLease } from '../interconnection/junction.ts';
import { isToldKept, keptCondition, someOf } from '../kept.ts';
import { problemsText } from '../problems-text.ts';
import { subnetStatus } from './status.formula.ts';
import { subnetFragment } from './subnet.formula.ts';

/** A Subnet that is being deleted keeps its switch while addresses of it are in use. */
export const subnetFeature: Feature = {
  name: 'subnet',
  wire: (graph) => {
    const { subnets, vpcs, holdsBySubnet } = graph;
    return {
      fragments: [
        fragmentTable('subnet', subnets, (name, subnet) => {
          const isWanted = !subnet.isTerminating || holdsBySubnet.of(name).size > 0;
          return isWanted ? subnetFragment(subnet, vpcs.get(subnet.vpc)) : undefined;
        }),
      ],
      patches: { subnet: patches(graph) },
      notices: notices(graph),
    };
  },
};

function patches({
  objects,
  subnets,
  subnetReadings,
  subnetProblems,
  holdsBySubnet,
  usage,
  northbound,
  leases,
}: Graph): Table<ObjectPatch> {
  return deriveTable(
    'subnet patches',
    objects.subnets,
    (name, object): ObjectPatch => {
      const inUse = holdsBySubnet.of(name).size > 0 || northbound.switches.has(name);
      const finalizers = finalizersWanted(object.metadata, inUse);
      if (object.metadata.deletionTimestamp !== undefined && !inUse) return { finalizers };
      const reading = subnetReadings.get(name);
      const problems = subnetProblems.get(name) ?? [];
      const isAccepted = reading?.ok === true && problems.length === 0;
      const spec = isAccepted ? reading.spec : {};
      const input = subnets.get(name);
      const facts = {
        problems,
        input,
        isSwitchSeen: northbound.switches.has(name),
        usage: usage.get(name),
        junction: input === undefined ? undefined : junctionLease(input, { leases }),
      };
      const status = subnetStatus(object, facts);
      const isKept = object.metadata.deletionTimestamp !== undefined;
      const conditions = [
        ...(status.conditions ?? []),
        ...(isKept ? [keptCondition(object.metadata, keptText(name, holdsBySubnet.of(name)))] : []),
      ];
      return {
        finalizers,
        ...(isAccepted ? { spec, annotations: { [acceptedAnnotation]: specInForce({ ...object.spec, ...spec }) } } : {}),
        // A spec that is about to be completed gets a new generation; conditions speak of that one.
        ...(isAccepted && !hasFields(object.spec, spec) ? {} : { status: { ...status, conditions } }),
      };
    },
    { equals: isSamePlainData },
  );
}

function hasFields(object: object, fields: object): boolean {
  const values: Readonly<Record<string, unknown>> = { ...object };
  return Object.entries(fields).every(([key, value]) => isSamePlainData(values[key], value));
}

/** Told when the condition does not say it yet: so a restart tells nobody again. */
function notices({ objects, subnetProblems, holdsBySubnet }: Graph): Table<Notice> {
  return deriveTable(
    'subnet notices',
    objects.subnets,
    (key, object): Notice | undefined => {
      const said = object.status?.conditions?.find((condition) => condition.type === 'Validated')?.message ?? '';
      const problems = subnetProblems.get(key) ?? [];
      const message = problemsText(problems);
      if (problems.length > 0 && message !== said)
        return { kind: 'subnet', key, type: 'Warning', reason: 'ValidateLogicalSwitchFailed', message };
      const users = holdsBySubnet.of(key);
      const isNews = object.metadata.deletionTimestamp !== undefined && users.size > 0 && !isToldKept(object.status?.conditions);
      return isNews ? { kind: 'subnet', key, type: 'Warning', reason: 'SubnetInUse', message: keptText(key, users) } : undefined;
    },
    { equals: isSamePlainData },
  );
}

function keptText(name: string, users: ReadonlySet<string>): string {
  if (users.size === 0) return `Subnet ${name} is kept until OVN has its switch no more`;
  return `Subnet ${name} is kept: ${users.size} of its addresses are in use by ${someOf(users)} (kubectl get ip); delete what has them`;
}
