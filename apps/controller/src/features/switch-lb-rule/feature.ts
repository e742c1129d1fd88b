import { madeByUs, type SwitchLbRuleInput } from '@kube-ovn/api';
import { deriveTable, expandTable, indexBy, isSamePlainData, type Table } from '@kube-ovn/dataflow';
import { serviceGroupName } from '@kube-ovn/ovn-model';
import { vipKey } from '../../effects/demand.ts';
import type { Feature } from '../feature.ts';
import { fragmentTable } from '../fragments.ts';
import type { Graph } from '../graph.ts';
import { type ProbePaths, serviceFragment } from '../service/service.formula.ts';
import { frontsOf, ruleProblems, unreserved } from './judge.ts';
import { ruleService, ruleSlices } from './objects.formula.ts';
import { ruleNotice, rulePatch, type RuleProgress } from './status.formula.ts';

const byContent = { equals: isSamePlainData };

/** Services with an address of a Subnet, whose backends OVN probes; each is a headless Service in Kubernetes. */
export const switchLbRuleFeature: Feature = {
  name: 'switch-lb-rule',
  wire: (graph) => {
    const { objects, slices, slicesByService } = graph;
    const sound = deriveTable(
      'sound switch lb rules',
      graph.switchLbRules,
      (_name, reading) => (reading.ok ? reading.value : undefined),
      byContent,
    );
    const byFront = indexBy('switch lb rules by front', sound, frontsOf);
    const progress = deriveTable(
      'progress of switch lb rules',
      graph.switchLbRules,
      (_name, reading): RuleProgress => {
        if (!reading.ok) return { rule: undefined, problems: reading.problems, unreserved: [] };
        const holdersOf = (address: string): readonly string[] => holders(address, graph);
        const problems = ruleProblems(reading.value, {
          firstOf: (front) => [...byFront.of(front)].toSorted()[0],
          holdersOf,
          hasNamespace: (namespace) => graph.namespaces.has(namespace),
          serviceBlocks: graph.serviceBlocks,
          service: objects.services.get(reading.value.service.key),
        });
        const open = unreserved(reading.value, { holdersOf, subnets: [...graph.subnets.entries()].map(([, subnet]) => subnet) });
        return { rule: reading.value, problems, unreserved: problems.length > 0 ? [] : open };
      },
      byContent,
    );
    const inForce = deriveTable(
      'switch lb rules in force',
      progress,
      (name, { rule, problems }) => (problems.length > 0 || isLeaving(name, graph) ? undefined : rule),
      byContent,
    );
    const slicesOf = ({ service }: SwitchLbRuleInput) =>
      [...slicesByService.of(service.key)].toSorted().flatMap((slice) => slices.get(slice) ?? []);
    const probed = expandTable(
      'subnets with probed backends',
      inForce,
      (_name, rule) =>
        rule.isProbed
          ? [
              ...new Set(
                slicesOf(rule).flatMap(({ endpoints }) => endpoints.flatMap(({ address }) => placeOf(address, graph)?.subnet ?? [])),
              ),
            ].map((subnet) => [`${rule.name} ${subnet}`, subnet] as const)
          : [],
      byContent,
    );
    return {
      fragments: [
        fragmentTable('switch-lb-rule', inForce, (_name, rule) =>
          serviceFragment(rule.service, slicesOf(rule), { group: serviceGroupName, ...(rule.isProbed && { probes: probePaths(graph) }) }),
        ),
      ],
      objects: {
        service: expandTable(
          'services of switch lb rules',
          inForce,
          (name, rule) => {
            const object = objects.switchLbRules.get(name);
            return object === undefined ? [] : [[rule.service.key, ruleService(object, rule)] as const];
          },
          byContent,
        ),
        endpointSlice: expandTable(
          'slices of switch lb rules',
          inForce,
          (name, rule) => {
            const object = objects.switchLbRules.get(name);
            const made = object === undefined ? [] : ruleSlices(object, rule);
            return made.map((slice) => [`${rule.namespace}/${slice.metadata.name}`, slice] as const);
          },
          byContent,
        ),
        vip: probeVips(probed),
      },
      patches: {
        switchLbRule: deriveTable(
          'switch lb rule patches',
          objects.switchLbRules,
          (name, object) => {
            const its = progress.get(name);
            return its === undefined ? undefined : rulePatch(object, its);
          },
          byContent,
        ),
      },
      notices: deriveTable(
        'switch lb rule notices',
        objects.switchLbRules,
        (name, object) => {
          const its = progress.get(name);
          return its === undefined ? undefined : ruleNotice(object, its);
        },
        byContent,
      ),
    };
  },
};

function isLeaving(name: string, { objects }: Graph): boolean {
  return objects.switchLbRules.get(name)?.metadata.deletionTimestamp !== undefined;
}

/** Keys of the leases that have an address in the cluster's own network. */
function holders(address: string, { leasesByAddress, leases, subnets, names }: Graph): readonly string[] {
  return [...leasesByAddress.of(address)]
    .filter((key) => subnets.get(leases.get(key)?.subnet ?? '')?.vpc === names.clusterRouter)
    .toSorted();
}

/** Port and Subnet of a pod's address; not of addresses that are no port of the cluster's own network. */
function placeOf(address: string, graph: Graph): { readonly port: string; readonly subnet: string } | undefined {
  for (const port of holders(address, graph)) {
    const lease = graph.leases.get(port);
    if (lease?.holder.kind === 'Pod' && graph.subnets.get(lease.subnet)?.isOvn === true) return { port, subnet: lease.subnet };
  }
  return undefined;
}

/** @source Kube-OVN: what asks is the address of the Vip that is named after the Subnet */
function probePaths(graph: Graph): ProbePaths {
  return (address) => {
    const place = placeOf(address, graph);
    const vip = place === undefined ? undefined : graph.leases.get(vipKey(place.subnet));
    const source = address.includes(':') ? vip?.v6 : vip?.v4;
    return place === undefined || source === undefined || vip?.subnet !== place.subnet ? undefined : { port: place.port, source };
  };
}

/** A Vip for each Subnet with backends that are probed. */
function probeVips(probed: Table<string>) {
  const bySubnet = indexBy('probed backends by subnet', probed, (subnet) => [subnet]);
  return expandTable(
    'vips that probe',
    probed,
    (key, subnet) => {
      // Of several rules the first one makes it.
      if ([...bySubnet.of(subnet)].toSorted()[0] !== key) return [];
      const metadata = { name: subnet, labels: { [madeByUs.key]: madeByUs.value } };
      return [[subnet, { apiVersion: 'kubeovn.io/v1', kind: 'Vip', metadata, spec: { subnet } }] as const];
    },
    byContent,
  );
}
