/** What objects of the installation have in common. */
import { nodeLabels } from '@kube-ovn/api';
import { text, type Template, value, when } from '../template.ts';
import type { SettingPath } from '../settings.ts';

/** An object, and the settings that it depends on. */
export interface Part {
  /** Name of the file in the chart. */
  readonly file: string;
  /** It is there only if all of these are set. */
  readonly when?: SettingPath | readonly SettingPath[];
  readonly object: { readonly apiVersion: string; readonly kind: string; readonly metadata: { readonly [field: string]: Template } } & {
    readonly [field: string]: Template;
  };
}

/** Settings that all have to be set for a part to be there. */
export function conditionsOf({ when: conditions = [] }: Pick<Part, 'when'>): readonly SettingPath[] {
  return typeof conditions === 'string' ? [conditions] : conditions;
}

/** Metadata of an object of ours. @param label value of `app`, by which Kube-OVN's tools find things */
export function metadata(name: string, label: string): { readonly [field: string]: Template } {
  return { name, labels: { app: label, 'app.kubernetes.io/part-of': 'kube-ovn' } };
}

/** The same of an object in the namespace of the installation. */
export function inNamespace(name: string, label: string): { readonly [field: string]: Template } {
  const { labels = {} } = metadata(name, label);
  return { name, namespace: value('namespace'), labels };
}

export function podLabels(app: string): { readonly [field: string]: Template } {
  return { app, component: 'network', type: 'infra' };
}

/** Where everything of the network may run: a node is not usable before it does. */
const everywhere: Template = [{ operator: 'Exists' }];

/** What a pod of ours has besides its containers. */
export function podSpec(own: { readonly [field: string]: Template }): Template {
  return {
    hostNetwork: true,
    dnsPolicy: 'ClusterFirstWithHostNet',
    tolerations: everywhere,
    imagePullSecrets: when('image.pullSecrets', value('image.pullSecrets')),
    ...own,
  };
}

export type ImageName = 'controller' | 'daemon' | 'speaker' | 'pinger' | 'openvswitch' | 'openvswitch-dpdk';

export function image(name: ImageName): { readonly image: Template; readonly imagePullPolicy: Template } {
  const images = {
    controller: text`${'image.registry'}/controller:${'image.tag'}`,
    daemon: text`${'image.registry'}/daemon:${'image.tag'}`,
    speaker: text`${'image.registry'}/speaker:${'image.tag'}`,
    pinger: text`${'image.registry'}/pinger:${'image.tag'}`,
    openvswitch: text`${'image.registry'}/openvswitch:${'image.tag'}`,
    'openvswitch-dpdk': text`${'image.registry'}/openvswitch-dpdk:${'image.tag'}`,
  } as const;
  return { image: images[name], imagePullPolicy: value('image.pullPolicy') };
}

/** A variable from the pod's own fields. */
export function field(name: string, fieldPath: string): Template {
  return { name, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } };
}

/** Name of the ConfigMap with what users of the plain manifest edit. */
export const CONFIG_MAP = 'kube-ovn-config';

/** Where the databases are, and whether they speak TLS; the programs make remotes of that. */
export const databaseVariables: readonly Template[] = [
  { name: 'OVN_DB_IPS', valueFrom: { configMapKeyRef: { name: CONFIG_MAP, key: 'central-addresses' } } },
  { name: 'ENABLE_SSL', value: text`${'tls.enabled'}` },
];

export const tlsFiles: Template = { name: 'tls', mountPath: '/var/run/tls', readOnly: true };

/** @param isOptional the pod starts before the Secret is there */
export function tlsSecret(isOptional: boolean): Template {
  return { name: 'tls', secret: { secretName: value('tls.secretName'), defaultMode: 0o440, ...(isOptional && { optional: true }) } };
}

/** In a list. */
export const tlsMount: Template = when('tls.enabled', tlsFiles);

/** In a list. */
export function tlsVolume(isOptional: boolean): Template {
  return when('tls.enabled', tlsSecret(isOptional));
}

export function hostFolder(name: string, path: Template, type = 'DirectoryOrCreate'): Template {
  return { name, hostPath: { path, type } };
}

/** An HTTP probe of a program that listens on the node's address. */
export function httpProbe(path: string, port: number, more: { readonly [field: string]: Template } = {}): Template {
  return { httpGet: { path, port }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3, ...more };
}

/** @param capabilities all that a container of root keeps */
export function confined(capabilities: readonly string[]): Template {
  return {
    privileged: false,
    allowPrivilegeEscalation: capabilities.includes('SYS_ADMIN'),
    runAsUser: 0,
    capabilities: { drop: ['ALL'], add: [...capabilities] },
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

/** Nodes with the userspace datapath, or those without. */
export function onDatapath(operator: 'In' | 'NotIn'): Template {
  const matchExpressions = [
    { key: 'kubernetes.io/os', operator: 'In', values: ['linux'] },
    { key: nodeLabels.datapathType, operator, values: ['userspace'] },
  ];
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } } };
}

/** Where Open vSwitch finds the sockets of pods that speak vhost-user: the daemon mounts their volumes there. */
export const vhostSockets: { readonly mountPath: string; readonly volume: Template } = {
  mountPath: '/var/run/openvswitch/vhost_sockets',
  volume: hostFolder('vhost-sockets', '/run/openvswitch/vhost_sockets'),
};
