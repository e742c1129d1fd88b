import { acceptedAnnotation, type Condition, vlanSpecInForce } from '@kube-ovn/api';
import { deriveTable, expandTable, formula, isSamePlainData, mergeTables, type Table } from '@kube-ovn/dataflow';
import type { ObjectPatch } from '@kube-ovn/kube';
import { spreadOf } from '../../inputs/provider-network.ts';
import type { Feature, Notice } from '../feature.ts';
import { fragmentTable } from '../fragments.ts';
import type { Graph } from '../graph.ts';
import { problemsText } from '../problems-text.ts';
import type { JudgedVlan } from './judge.ts';
import { localnetFragment } from './underlay.formula.ts';

const byContent = { equals: isSamePlainData };

/** Subnets that lie on a physical network. The bridges are the nodes' matter. */
export const underlayFeature: Feature = {
  name: 'underlay',
  wire: (graph) => {
    const { subnets, vlans, northbound } = graph;
    return {
      fragments: [
        fragmentTable('underlay/subnet', subnets, (_name, subnet) => {
          const vlan = subnet.vlan === '' ? undefined : vlans.get(subnet.vlan);
          const hasSwitch = !subnet.isTerminating || northbound.switches.has(subnet.name);
          return vlan === undefined || !subnet.isOvn || !hasSwitch ? undefined : localnetFragment(subnet, vlan);
        }),
      ],
      patches: { vlan: vlanPatches(graph), providerNetwork: networkPatches(graph) },
      notices: mergeTables('underlay notices', [vlanNotices(graph), networkNotices(graph)]),
    };
  },
};

/** @source Kube-OVN Vlan.status */
function vlanPatches({ objects, vlans, subnetsByVlan }: Graph): Table<ObjectPatch> {
  return deriveTable(
    'vlan patches',
    objects.vlans,
    (name, { metadata }): ObjectPatch => {
      const vlan = vlans.get(name);
      const isSound = vlan?.problems.length === 0;
      const text = vlan === undefined ? '' : refusalText(vlan);
      const conditions = [validated(text, metadata.generation)];
      const isInConflict = vlan?.isInConflict === true;
      return {
        ...(isSound ? { annotations: { [acceptedAnnotation]: vlanSpecInForce(vlan) } } : {}),
        status: { subnets: [...subnetsByVlan.of(name)].toSorted(), conflict: isInConflict, conditions },
      };
    },
    byContent,
  );
}

/** @source Kube-OVN ProviderNetwork.status; which nodes are not ready says one condition for all of them */
function networkPatches({ objects, providerNetworks, vlans, nodes }: Graph): Table<ObjectPatch> {
  const all = formula(() => [...nodes.entries()].map(([, node]) => node), byContent);
  const byNetwork = formula(() => [...vlans.entries()].map(([name, { network }]) => [name, network] as const), byContent);
  return deriveTable(
    'provider network patches',
    objects.providerNetworks,
    (name, { metadata }): ObjectPatch | undefined => {
      const network = providerNetworks.get(name);
      if (network === undefined) return undefined;
      const { ready, notReady, reasons } = spreadOf(network, all.value);
      const isReady = ready.length > 0 && notReady.length === 0 && network.problems.length === 0;
      const onNodes = [...reasons].map(([node, reason]) => `${node}: ${reason}`).join('; ') || 'it is for none of the nodes';
      const message = isReady ? '' : problemsText(network.problems) || onNodes;
      const conditions: readonly Condition[] = [
        validated(problemsText(network.problems), metadata.generation),
        {
          type: 'Ready',
          status: isReady ? 'True' : 'False',
          reason: isReady ? 'InitOVSBridgeSucceeded' : 'InitOVSBridgeFailed',
          message,
          observedGeneration: metadata.generation ?? 0,
        },
      ];
      const own = byNetwork.value.flatMap(([vlan, of]) => (of === name ? [vlan] : [])).toSorted();
      return { status: { ready: isReady, readyNodes: ready, notReadyNodes: notReady, vlans: own, conditions } };
    },
    byContent,
  );
}

/** What is wrong with a Vlan, and what holds until that is mended; empty when nothing is. */
function refusalText({ problems, isHeld, id, network }: JudgedVlan): string {
  const text = problemsText(problems);
  return isHeld ? `${text}; until then what was accepted last is in force: spec.id ${id}, spec.provider ${network}` : text;
}

/** @param problems empty: none */
function validated(problems: string, generation = 0): Condition {
  const isSound = problems === '';
  return {
    type: 'Validated',
    status: isSound ? 'True' : 'False',
    reason: isSound ? 'Accepted' : 'Refused',
    message: problems,
    observedGeneration: generation,
  };
}

function vlanNotices({ vlans }: Graph): Table<Notice> {
  return expandTable(
    'vlan notices',
    vlans,
    (key, vlan) => (vlan.problems.length === 0 ? [] : [[`vlan/${key}`, refused('vlan', key, refusalText(vlan))] as const]),
    byContent,
  );
}

function networkNotices({ providerNetworks }: Graph): Table<Notice> {
  return expandTable(
    'provider network notices',
    providerNetworks,
    (key, { problems }) =>
      problems.length === 0 ? [] : [[`network/${key}`, refused('providerNetwork', key, problemsText(problems))] as const],
    byContent,
  );
}

function refused(kind: 'vlan' | 'providerNetwork', key: string, message: string): Notice {
  return { kind, key, type: 'Warning', reason: 'Refused', message, isState: true };
}
