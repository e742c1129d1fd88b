/** The pods of OVN and Open vSwitch, found by the labels that Kube-OVN's manifests give them. */
import { type Pod, resources } from '@kube-ovn/api';
import type { KubeClient, PodExec } from '@kube-ovn/kube';
import type { Directory } from './cluster.ts';
import { podPlace } from './pod-place.ts';
import type { Place } from './place.ts';

/** @source Kube-OVN's manifests: labels and names of containers, and where their sockets are */
const central = { apps: ['ovn-central'], container: 'ovn-central', sockets: '/var/run/ovn' } as const;
const openvswitch = { apps: ['ovs', 'ovs-dpdk'], container: 'openvswitch' } as const;

export interface PodDirectoryOptions {
  readonly client: KubeClient;
  readonly exec: PodExec;
  /** Where the pods are. */
  readonly namespace: string;
}

export function podDirectory({ client, exec, namespace }: PodDirectoryOptions): Directory {
  const pods = async (apps: readonly string[]): Promise<readonly Pod[]> => {
    const { items } = await client.list(resources.pod, { namespace, labelSelector: `app in (${apps.join(', ')})` });
    return items.filter(({ metadata, status }) => metadata.deletionTimestamp === undefined && status?.phase === 'Running');
  };
  const placeOf = ({ metadata }: Pod, container: string): Place => podPlace(exec, { namespace, pod: metadata.name, container });
  return {
    members: async (kind) =>
      (await pods(central.apps)).map((pod) => ({
        place: placeOf(pod, central.container),
        control: `${central.sockets}/ovn${kind}_db.ctl`,
        remote: `unix:${central.sockets}/ovn${kind}_db.sock`,
      })),
    node: async (name) => {
      const pod = (await pods(openvswitch.apps)).find(({ spec }) => spec?.nodeName === name);
      if (pod === undefined) return undefined;
      return {
        place: placeOf(pod, openvswitch.container),
        openvswitch: undefined,
        control: (program) => program,
      };
    },
    nodes: async () => (await pods(openvswitch.apps)).flatMap(({ spec }) => spec?.nodeName ?? []),
  };
}
