import { expandTable, isSamePlainData, type Table } from '@kube-ovn/dataflow';
import { eipKey } from '../../effects/demand.ts';
import { eipProblems } from '../../inputs/ovn-eip.ts';
import { natKey, type NatKind } from '../../inputs/ovn-nat.ts';
import type { PodInterface } from '../../inputs/pod.ts';
import { isRouted } from '../../inputs/subnet.ts';
import type { Feature, Notice } from '../feature.ts';
import type { Graph } from '../graph.ts';
import { problemsText } from '../problems-text.ts';
import { linkKey } from '../ovn-nat/links.ts';
import { eipName, wantedEips, wantedFip, wantedSnat } from './pod-address.formula.ts';

const byContent = { equals: isSamePlainData };

/** External addresses of single pods of the default Vpc, by annotation. */
export const podAddressFeature: Feature = {
  name: 'pod-address',
  wire: (graph) => {
    const { interfaces, names, externalGateway } = graph;
    const made = <T extends { readonly metadata: { readonly name: string } }>(
      what: string,
      of: (nic: PodInterface) => readonly T[],
    ): Table<T> =>
      expandTable(
        what,
        interfaces,
        (_port, nic) => (obstacle(nic, graph) === 'none' ? of(nic).map((object) => [object.metadata.name, object] as const) : []),
        byContent,
      );
    return {
      objects: {
        ovnEip: made('eips of pods', (nic) => wantedEips(nic, names.externalSubnet)),
        ovnFip: made('fips of pods', (nic) => some(wantedFip(nic, externalGateway.value.isDistributed ? 'distributed' : 'centralized'))),
        ovnSnatRule: made('snat rules of pods', (nic) => some(wantedSnat(nic))),
      },
      notices: expandTable(
        'pod address notices',
        interfaces,
        (port, nic): (readonly [string, Notice])[] => {
          const told = noticeOf(nic, graph);
          if (told === undefined) return [];
          return [[`pod-address/${port}`, { kind: 'pod', key: nic.pod, type: 'Warning', isState: true, ...told }]];
        },
        byContent,
      ),
    };
  },
};

function some<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}

/** Why a pod's annotations have no effect; `asked for nothing` and `no address yet` are nothing to tell. */
type Obstacle = 'none' | 'asked for nothing' | 'no address yet' | 'switched off' | 'not joined' | 'other network';

function obstacle(nic: PodInterface, { externalSettings, external, leases, names, subnets }: Graph): Obstacle {
  if (nic.eip === undefined && nic.snat === undefined) return 'asked for nothing';
  if (!externalSettings.servesPods) return 'switched off';
  const lease = leases.get(nic.port);
  const subnet = lease === undefined ? undefined : subnets.get(lease.subnet);
  if (subnet === undefined || lease?.holder.uid !== nic.uid) return 'no address yet';
  if (subnet.vpc !== names.clusterRouter || !isRouted(subnet)) return 'other network';
  return external.links.has(linkKey(subnet.vpc, names.externalSubnet)) ? 'none' : 'not joined';
}

function noticeOf(nic: PodInterface, graph: Graph): Pick<Notice, 'reason' | 'message'> | undefined {
  const { externalSettings, names, leases } = graph;
  const subject = `the annotations ovn.kubernetes.io/eip and snat of pod ${nic.pod} have no effect`;
  switch (obstacle(nic, graph)) {
    case 'asked for nothing':
    case 'no address yet':
      return undefined;
    case 'switched off':
      return { reason: 'ExternalAddressDisabled', message: `${subject}: the controller runs with --enable-eip-snat=false` };
    case 'not joined': {
      const way = `set enable-external-gw to "true" in ConfigMap ${externalSettings.configMap}, or spec.enableExternal of that Vpc`;
      return {
        reason: 'ExternalAddressDisabled',
        message: `${subject}: Vpc ${names.clusterRouter} has no port on Subnet ${names.externalSubnet}; ${way}`,
      };
    }
    case 'other network': {
      const where = `it is in Subnet ${leases.get(nic.port)?.subnet ?? ''}, and they are for overlay Subnets of Vpc ${names.clusterRouter}`;
      return { reason: 'ExternalAddressRefused', message: `${subject}: ${where}; make an OvnFip or an OvnSnatRule for it` };
    }
    case 'none': {
      const message = [...refusalOf('OvnFip', nic, graph), ...refusalOf('OvnSnatRule', nic, graph)].join('; ');
      return message === '' ? undefined : { reason: 'ExternalAddressRefused', message };
    }
  }
}

/** Why an object that was made for a pod is not in force; not what is still on its way. */
function refusalOf(kind: NatKind, nic: PodInterface, { external, objects, refusals, subnets }: Graph): readonly string[] {
  const pair = kind === 'OvnFip' ? nic.eip : nic.snat;
  const key = natKey(kind, nic.port);
  const object = kind === 'OvnFip' ? objects.ovnFips.get(nic.port) : objects.ovnSnatRules.get(nic.port);
  if (pair === undefined || object === undefined) return [];
  const refusal = refusals.get(eipKey(eipName(pair)));
  const reading = external.readings.get(key);
  if (refusal !== undefined) return [refusal.message];
  const eip = external.eips.get(eipName(pair));
  const wrong = eip === undefined ? [] : eipProblems(eip, (name) => subnets.get(name));
  if (wrong.length > 0) return [problemsText(wrong)];
  if (reading === undefined || reading.ok) return [];
  const lasting = reading.problems.filter(({ code }) => code !== 'NAT_NO_EIP' && code !== 'NAT_NO_TARGET');
  return lasting.length === 0 ? [] : [problemsText(lasting)];
}
