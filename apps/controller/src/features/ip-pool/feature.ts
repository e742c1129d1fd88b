import { acceptedAnnotation } from '@kube-ovn/api';
import { deriveTable, isSamePlainData, type Table } from '@kube-ovn/dataflow';
import type { SubnetUsage } from '@kube-ovn/ipam';
import type { ObjectPatch } from '@kube-ovn/kube';
import type { Feature, Notice } from '../feature.ts';
import { finalizersWanted } from '../finalizers.ts';
import type { Graph } from '../graph.ts';
import { isToldKept, keptCondition } from '../kept.ts';
import { problemsText } from '../problems-text.ts';
import { poolSpecInForce } from './accepted.ts';
import { ipPoolStatus } from './status.formula.ts';

/** A pool that is being deleted stays while addresses of it are in use. The allocation takes pools from the graph itself. */
export const ipPoolFeature: Feature = {
  name: 'ip-pool',
  wire: (graph) => ({ patches: { ipPool: patches(graph) }, notices: notices(graph) }),
};

function patches({ objects, ipPoolProblems, ipPools, poolUsage }: Graph): Table<ObjectPatch> {
  return deriveTable(
    'ip pool patches',
    objects.ipPools,
    (name, object): ObjectPatch => {
      const usage = poolUsage.get(name);
      const inUse = isInUse(usage);
      const finalizers = finalizersWanted(object.metadata, inUse);
      if (object.metadata.deletionTimestamp !== undefined && !inUse) return { finalizers };
      const problems = ipPoolProblems.get(name) ?? [];
      const isKept = object.metadata.deletionTimestamp !== undefined;
      const status = ipPoolStatus(object, { problems, isInForce: ipPools.has(name), usage });
      const conditions = [...(status.conditions ?? []), ...(isKept ? [keptCondition(object.metadata, keptText(name, usage))] : [])];
      return {
        finalizers,
        ...(problems.length === 0 ? { annotations: { [acceptedAnnotation]: poolSpecInForce(object.spec) } } : {}),
        status: { ...status, conditions },
      };
    },
    { equals: isSamePlainData },
  );
}

/** Told when the condition does not say it yet: so a restart tells nobody again. */
function notices({ objects, ipPoolProblems, poolUsage }: Graph): Table<Notice> {
  return deriveTable(
    'ip pool notices',
    objects.ipPools,
    (key, object): Notice | undefined => {
      const said = object.status?.conditions?.find((condition) => condition.type === 'Validated')?.message ?? '';
      const message = problemsText(ipPoolProblems.get(key) ?? []);
      if (message !== '') {
        return message === said ? undefined : { kind: 'ipPool', key, type: 'Warning', reason: 'UpdateIPAMFailed', message };
      }
      const usage = poolUsage.get(key);
      const isNews = object.metadata.deletionTimestamp !== undefined && isInUse(usage) && !isToldKept(object.status?.conditions);
      return isNews ? { kind: 'ipPool', key, type: 'Warning', reason: 'IPPoolInUse', message: keptText(key, usage) } : undefined;
    },
    { equals: isSamePlainData },
  );
}

function isInUse(usage: SubnetUsage | undefined): boolean {
  return (usage?.v4?.using ?? 0n) + (usage?.v6?.using ?? 0n) > 0n;
}

function keptText(name: string, usage: SubnetUsage | undefined): string {
  const used = [usage?.v4?.usingRange, usage?.v6?.usingRange].filter((range) => (range ?? '') !== '').join(',');
  return `IPPool ${name} is kept: ${used} of it are in use; delete the pods that have them`;
}
