/** The pods of OVN and Open vSwitch, found by the labels that Kube-OVN's manifests give them. */
import { type Pod, resources } from '@kube-ovn/api';
import { type KubeClient, KubeError, type PodExec, type PodLogs } from '@kube-ovn/kube';
import { KoError } from '../errors.ts';
import type { Directory, LogSource } from './cluster.ts';
import { podPlace } from './pod-place.ts';
import type { Place } from './place.ts';
import type { LogPart } from './site.ts';

/** @source Kube-OVN's manifests: labels and names of containers, and where their sockets are */
const central = { apps: ['ovn-central'], container: 'ovn-central', sockets: '/var/run/ovn' } as const;
const openvswitch = { apps: ['ovs', 'ovs-dpdk'], container: 'openvswitch' } as const;

/** Where the parts' logs are, by the label `app` of their pods. */
const logging: Readonly<Record<string, { readonly part: LogPart; readonly container: string }>> = {
  'ovn-central': { part: 'ovn-central', container: central.container },
  ovs: { part: 'ovs-ovn', container: openvswitch.container },
  'ovs-dpdk': { part: 'ovs-ovn', container: openvswitch.container },
  'kube-ovn-controller': { part: 'controller', container: 'kube-ovn-controller' },
  'kube-ovn-cni': { part: 'daemon', container: 'cni-server' },
  'kube-ovn-cni-dpdk': { part: 'daemon', container: 'cni-server' },
  'kube-ovn-speaker': { part: 'speaker', container: 'kube-ovn-speaker' },
  'kube-ovn-pinger': { part: 'pinger', container: 'pinger' },
};

export interface PodDirectoryOptions {
  readonly client: KubeClient;
  readonly exec: PodExec;
  readonly logs: PodLogs;
  /** Where the pods are. */
  readonly namespace: string;
}

export function podDirectory({ client, exec, logs, namespace }: PodDirectoryOptions): Directory {
  const pods = async (apps: readonly string[]): Promise<readonly Pod[]> => {
    const { items } = await client.list(resources.pod, { namespace, labelSelector: `app in (${apps.join(', ')})` });
    return items.filter(({ metadata, status }) => metadata.deletionTimestamp === undefined && status?.phase === 'Running');
  };
  /** Of pods that have never started, or no more run, there may be a log as well. */
  const logOf = ({ metadata, spec }: Pod): readonly LogSource[] => {
    const found = logging[metadata.labels?.['app'] ?? ''];
    if (found === undefined) return [];
    const { part, container } = found;
    const where = { namespace, pod: metadata.name, container };
    const print: LogSource['print'] = async (into, { lines, follow, previous, signal }) => {
      const options = { tailLines: lines, follow, previous, ...(signal === undefined ? {} : { signal }) };
      try {
        for await (const chunk of logs(where, options)) into.write(chunk);
      } catch (error) {
        if (signal?.aborted === true) return;
        throw error instanceof KubeError ? new KoError('KO_UNREACHABLE', error.message, { cause: error }) : error;
      }
    };
    return [{ part, program: metadata.name, node: spec?.nodeName, name: `pod ${namespace}/${metadata.name}`, print }];
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
    logs: async () => {
      const { items } = await client.list(resources.pod, { namespace, labelSelector: `app in (${Object.keys(logging).join(', ')})` });
      return items.flatMap(logOf);
    },
  };
}
