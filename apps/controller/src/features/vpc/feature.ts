import { acceptedAnnotation } from '@kube-ovn/api';
import { deriveTable, isSamePlainData, type Table } from '@kube-ovn/dataflow';
import type { ObjectPatch } from '@kube-ovn/kube';
import { routerPortName } from '@kube-ovn/ovn-model';
import { acceptedRoutesText } from '../../inputs/vpc.ts';
import type { Feature, Notice } from '../feature.ts';
import { fragmentTable } from '../fragments.ts';
import { finalizersWanted } from '../finalizers.ts';
import type { Graph } from '../graph.ts';
import { isToldKept, keptCondition, someOf } from '../kept.ts';
import { problemsText } from '../problems-text.ts';
import { subnetsOf, vpcLinks, vpcProblems } from './problems.ts';
import { vpcFragment } from './vpc.formula.ts';
import { vpcStatus } from './status.formula.ts';

const byContent = { equals: isSamePlainData };

/** A Vpc is deleted last: its router stays while Subnets are in it, or rules of NAT need it. */
export const vpcFeature: Feature = {
  name: 'vpc',
  wire: (graph) => ({
    fragments: [
      fragmentTable('vpc', graph.vpcs, (name, vpc) => {
        if (!isWanted(name, graph)) return undefined;
        return vpcFragment(vpc, {
          links: vpcLinks(vpc, graph).links,
          join: graph.subnets.get(graph.names.joinSubnet),
          routeTables: [...new Set(['', ...subnetsOf(name, graph).map(({ routeTable }) => routeTable)])].toSorted(),
          isExternal: graph.external.linksByVpc.of(name).size > 0 || subnetsOf(name, graph).some(({ junction }) => junction !== undefined),
        });
      }),
    ],
    patches: { vpc: patches(graph) },
    notices: notices(graph),
  }),
};

function isWanted(name: string, graph: Graph): boolean {
  return graph.vpcs.get(name)?.isTerminating === false || users(name, graph).length > 0;
}

/** What would lose its router. */
function users(name: string, { subnetsByVpc, external }: Graph): readonly string[] {
  return [
    ...[...subnetsByVpc.of(name)].map((subnet) => `Subnet ${subnet}`),
    ...[...external.natsByVpc.of(name)].map((key) => key.replace('/', ' ')),
  ];
}

function keptText(name: string, graph: Graph): string {
  const using = users(name, graph);
  if (using.length === 0) return `Vpc ${name} is kept until OVN has its router no more`;
  return `Vpc ${name} is kept: ${someOf(using)} ${using.length === 1 ? 'is' : 'are'} in it; delete what uses it first`;
}

function patches(graph: Graph): Table<ObjectPatch> {
  const { objects, vpcs, names, northbound, subnetsByVpc } = graph;
  return deriveTable(
    'vpc patches',
    objects.vpcs,
    (name, object): ObjectPatch | undefined => {
      const vpc = vpcs.get(name);
      if (vpc === undefined) return undefined;
      const isRouterSeen = northbound.routers.has(name);
      const inUse = isWanted(name, graph) || isRouterSeen;
      const finalizers = finalizersWanted(object.metadata, inUse);
      if (vpc.isTerminating) {
        return inUse ? { finalizers, status: { conditions: [keptCondition(object.metadata, keptText(name, graph))] } } : { finalizers };
      }
      const status = vpcStatus(object, {
        names,
        subnets: [...subnetsByVpc.of(name)].toSorted(),
        isRouterSeen,
        problems: vpcProblems(vpc, graph),
        peers: vpcLinks(vpc, graph).links.map(({ remote }) => remote),
        external: externalSubnets(name, graph),
        isExternal: externalSubnets(name, graph).includes(names.externalSubnet),
      });
      const isAccepted = vpc.problems.length === 0;
      return {
        finalizers,
        status,
        ...(isAccepted ? { annotations: { [acceptedAnnotation]: acceptedRoutesText(object.spec) ?? null } } : {}),
      };
    },
    byContent,
  );
}

/** Those on which OVN has its port. */
function externalSubnets(name: string, { external, northbound }: Graph): readonly string[] {
  const links = [...external.linksByVpc.of(name)].flatMap((key) => external.links.get(key) ?? []);
  const there = links.filter(({ vpc, subnet }) => northbound.external.has(`Logical_Router_Port/${routerPortName(vpc, subnet)}`));
  return there.toSorted((a, b) => Number(b.isDefault) - Number(a.isDefault) || (a.subnet < b.subnet ? -1 : 1)).map(({ subnet }) => subnet);
}

/** Told when the condition does not say it yet: so a restart tells nobody again. */
function notices(graph: Graph): Table<Notice> {
  return deriveTable(
    'vpc notices',
    graph.objects.vpcs,
    (key, object): Notice | undefined => {
      const vpc = graph.vpcs.get(key);
      if (vpc === undefined) return undefined;
      const warning = { kind: 'vpc' as const, key, type: 'Warning' as const };
      if (vpc.isTerminating) {
        const isNews = users(key, graph).length > 0 && !isToldKept(object.status?.conditions);
        return isNews ? { ...warning, reason: 'VpcInUse', message: keptText(key, graph) } : undefined;
      }
      const said = object.status?.conditions?.find(({ type }) => type === 'Validated')?.message ?? '';
      const message = problemsText(vpcProblems(vpc, graph));
      return message === '' || message === said ? undefined : { ...warning, reason: 'ValidateVpcFailed', message };
    },
    byContent,
  );
}
