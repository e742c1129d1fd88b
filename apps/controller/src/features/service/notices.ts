/** What the author of a Service is told: nothing else says so, and nobody sees it. */
import type { ServiceInput, SliceInput } from '@kube-ovn/api';
import { expandTable, isSamePlainData, type Table } from '@kube-ovn/dataflow';
import type { Notice } from '../feature.ts';
import type { Graph } from '../graph.ts';
import { hasTemplates } from './places.ts';
import { isAnsweredByPlace } from './service.formula.ts';
import { sctpProblem } from './sctp.formula.ts';
import { homeProblems, type ServiceHome, type VpcFacts } from './vpc.formula.ts';

export interface NoticeSources {
  readonly homeOf: (service: string) => ServiceHome;
  /** Without endpoints that are not asked. */
  readonly slicesIn: (service: string) => readonly SliceInput[];
  readonly facts: VpcFacts;
}

const REASONS: Readonly<Record<string, string>> = {
  SERVICE_NO_VPC: 'NoVpc',
  SERVICE_INSIDE_VPC: 'InsideVpc',
  SERVICE_OTHER_VPC: 'EndpointsOfOtherVpcs',
};

/** By Service and reason. */
export function serviceNotices(graph: Graph, { homeOf, slicesIn, facts }: NoticeSources): Table<Notice> {
  return expandTable(
    'service notices',
    graph.services,
    (key, service): (readonly [string, Notice])[] => {
      const told = homeProblems(service, homeOf(key), facts).map(({ code, message }) => ({ reason: REASONS[code] ?? code, message }));
      const isOld = graph.northbound.features.has('northbound') && !hasTemplates(graph);
      if (isOld && isAnsweredByPlace(service, slicesIn(key))) told.push({ reason: 'NoTemplates', message: noTemplates(service) });
      const sctp = sctpProblem(service, slicesIn(key), { nodes: graph.nodes, datapaths: graph.southbound.datapaths });
      if (sctp !== undefined) told.push({ reason: 'SctpPortKept', message: sctp });
      return told.map(({ reason, message }) => [
        `${key} ${reason}`,
        { kind: 'service', key, type: 'Warning', reason, message, isState: true },
      ]);
    },
    { equals: isSamePlainData },
  );
}

function noTemplates({ key, isInternalLocal }: ServiceInput): string {
  const what = isInternalLocal ? 'spec.internalTrafficPolicy "Local" holds' : 'the hints of its endpoints hold';
  return (
    `Service ${key}: ${what} for nodes, not for pods, which are answered by all endpoints: ` +
    'this OVN has no Chassis_Template_Var; install OVN 22.12 or newer'
  );
}
