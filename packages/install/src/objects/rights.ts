/**
 * What each program may do: what it does, and no more. The lab's API server enforces these roles, and the lab's programs run under
 * them; so a feature that does something new has its line here, or its test fails with "forbidden".
 */
import { resources, type Resource, WEBHOOK_NAME } from '@kube-ovn/api';
import { text, type Template, value } from '../template.ts';
import { inNamespace, metadata, type Part } from './common.ts';

type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';
type Rule = { readonly [field: string]: Template };

const FOLLOW: readonly Verb[] = ['list', 'watch'];

function groupOf({ apiVersion }: Resource<never>): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}

/** Verbs on kinds of one group; `status`: of their status alone. */
function may(verbs: readonly Verb[], kinds: readonly Resource<never>[], part?: 'status'): readonly Rule[] {
  const groups = [...new Set(kinds.map(groupOf))];
  return groups.map((group) => ({
    apiGroups: [group],
    resources: kinds.filter((kind) => groupOf(kind) === group).map(({ plural }) => (part === undefined ? plural : `${plural}/${part}`)),
    verbs: [...verbs],
  }));
}

/** Of these objects alone. A right to create can not name what is not there. @source rbac/v1 PolicyRule.resourceNames */
function only(names: readonly Template[], rules: readonly Rule[]): readonly Rule[] {
  return rules.map((rule) => ({ ...rule, resourceNames: [...names] }));
}

const r = resources as { readonly [K in keyof typeof resources]: Resource<never> };
const natKinds = [r.ovnEip, r.ovnFip, r.ovnSnatRule, r.ovnDnatRule];
const policyKinds = [r.adminNetworkPolicy, r.baselineAdminNetworkPolicy, r.clusterNetworkPolicy];
const physical = [r.vlan, r.providerNetwork];
const withStatus = [r.subnet, r.vpc, r.ipPool, r.securityGroup, r.switchLbRule, r.qosPolicy, r.mirror, ...physical, ...natKinds];

/** Events are written by all: one is made, and counted up when it happens again. */
const tell = may(['list', 'create', 'patch'], [r.event]);

const controller: readonly Rule[] = [
  ...may(FOLLOW, [r.pod, r.node, r.namespace, r.service, r.endpointSlice, r.statefulSet, r.networkPolicy, r.networkAttachmentDefinition]),
  ...may(FOLLOW, [r.virtualMachine, r.virtualMachineInstance, ...policyKinds]),
  ...may(FOLLOW, [r.ip, r.vip, ...withStatus]),
  // annotations, and the addresses of services
  ...may(['patch'], [r.pod, r.node, r.namespace, r.service]),
  ...may(['patch'], [r.pod, r.service, ...policyKinds], 'status'),
  // services of SwitchLBRules, and their endpoints
  ...may(['create', 'update', 'delete'], [r.service, r.endpointSlice]),
  ...may(['get', 'create', 'update', 'patch', 'delete'], [r.ip, r.vip, ...natKinds]),
  ...may(['create', 'update', 'patch', 'delete'], [r.subnet, ...physical]),
  ...may(['create', 'patch'], [r.vpc]),
  ...may(['patch'], [r.ipPool, r.securityGroup, r.switchLbRule, r.qosPolicy]),
  ...may(['patch'], withStatus, 'status'),
  ...may(['create'], [r.validatingWebhookConfiguration]),
  ...only([WEBHOOK_NAME], may([...FOLLOW, 'update'], [r.validatingWebhookConfiguration])),
  ...tell,
];

/** In the namespace of the installation. */
const controllerHere: readonly Rule[] = [
  ...may(['get', 'create', 'update'], [r.lease]),
  ...may(FOLLOW, [r.configMap]),
  ...may(['create'], [r.secret]),
  ...only([WEBHOOK_NAME], may([...FOLLOW, 'update'], [r.secret])),
];

/** The databases' certificate and its key, which the controller has anyway, and what signs them; nobody lists Secrets for it. */
const controllerTls: readonly Rule[] = [
  ...only([value('tls.secretName'), text`${'tls.secretName'}-authority`], may(['get'], [r.secret])),
  ...only([value('tls.secretName')], may(['update'], [r.secret])),
];

const daemon: readonly Rule[] = [
  ...may(FOLLOW, [r.node, r.pod, r.namespace, r.service, r.endpointSlice, r.subnet, r.switchLbRule, r.qosPolicy, r.mirror, ...physical]),
  // whether one that is not listed is gone
  ...may(['get'], [r.providerNetwork]),
  ...may(['patch'], [r.node, r.pod]),
  ...may(['patch'], [r.node, r.mirror], 'status'),
  ...tell,
];

const speaker: readonly Rule[] = [
  ...may(FOLLOW, [r.node, r.pod, r.service, r.endpointSlice, r.subnet, r.bgpPeer, r.bgpSpeaker]),
  ...may(['create', 'patch'], [r.bgpSpeaker]),
  ...may(['patch'], [r.bgpSpeaker], 'status'),
  ...tell,
];

const speakerHere: readonly Rule[] = may(FOLLOW, [r.secret]);

const pinger: readonly Rule[] = may(['get', ...FOLLOW], [r.node]);

const pingerHere: readonly Rule[] = may(FOLLOW, [r.pod]);

/** Names of the accounts. */
export const accounts = {
  controller: 'kube-ovn-controller',
  daemon: 'kube-ovn-cni',
  speaker: 'kube-ovn-speaker',
  pinger: 'kube-ovn-pinger',
  openvswitch: 'ovn-ovs',
} as const;

const rbac = 'rbac.authorization.k8s.io';

interface Account {
  readonly name: string;
  readonly cluster?: readonly Rule[];
  readonly here?: readonly Rule[];
  readonly when?: Part['when'];
}

/** A role, and who has it. @param account name of the account and value of `app` */
function bound(kind: 'ClusterRole' | 'Role', name: string, account: string, rules: readonly Rule[]): readonly Part['object'][] {
  const own = kind === 'Role' ? inNamespace(name, account) : metadata(name, account);
  const subjects = [{ kind: 'ServiceAccount', name: account, namespace: value('namespace') }];
  return [
    { apiVersion: `${rbac}/v1`, kind, metadata: own, rules },
    { apiVersion: `${rbac}/v1`, kind: `${kind}Binding`, metadata: own, roleRef: { apiGroup: rbac, kind, name }, subjects },
  ];
}

function partsOf({ name, cluster, here, when }: Account): readonly Part[] {
  const objects: readonly Part['object'][] = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: inNamespace(name, name), automountServiceAccountToken: false },
    ...(cluster === undefined ? [] : bound('ClusterRole', name, name, cluster)),
    ...(here === undefined ? [] : bound('Role', name, name, here)),
  ];
  return objects.map((object) => ({ file: 'rbac.yaml', object, ...(when !== undefined && { when }) }));
}

export const rightsParts: readonly Part[] = [
  ...partsOf({ name: accounts.controller, cluster: controller, here: controllerHere }),
  ...bound('Role', `${accounts.controller}-tls`, accounts.controller, controllerTls).map((object): Part => ({
    file: 'rbac.yaml',
    object,
    when: ['tls.enabled', 'tls.renew'],
  })),
  ...partsOf({ name: accounts.daemon, cluster: daemon }),
  ...partsOf({ name: accounts.openvswitch }),
  ...partsOf({ name: accounts.speaker, cluster: speaker, here: speakerHere, when: 'speaker.enabled' }),
  ...partsOf({ name: accounts.pinger, cluster: pinger, here: pingerHere, when: 'pinger.enabled' }),
];
