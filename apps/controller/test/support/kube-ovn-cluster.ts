/** A cluster as Kube-OVN's own controller leaves it: its objects, its annotations, its rows in OVN Northbound. */
import { execFileSync } from 'node:child_process';
import { type IP, resources, type Subnet } from '@kube-ovn/api';
import type { Cluster } from './cluster.ts';
import { createNode, namespaceObject, nodeObject, podObject, subnetObject } from './objects.ts';

const finalizers = ['kubeovn.io/kube-ovn-controller'];
const vendor = 'external_ids:vendor=kube-ovn';

/** Two nodes with a pod each, one of which a NetworkPolicy guards, and a service. */
export async function leaveKubeOvnCluster(cluster: Cluster): Promise<void> {
  await leaveObjects(cluster);
  leaveRows(cluster);
}

async function leaveObjects({ kube }: Cluster): Promise<void> {
  await kube.create(resources.vpc, { apiVersion: 'kubeovn.io/v1', kind: 'Vpc', metadata: { name: 'ovn-cluster', finalizers }, spec: {} });
  const common = { vpc: 'ovn-cluster', provider: 'ovn', protocol: 'IPv4', gatewayType: 'distributed', enableLb: true } as const;
  const subnets: readonly Subnet[] = [
    subnetObject('join', { ...common, cidrBlock: '100.64.0.0/16', gateway: '100.64.0.1', excludeIps: ['100.64.0.1'] }),
    subnetObject('ovn-default', {
      ...common,
      cidrBlock: '10.16.0.0/16',
      gateway: '10.16.0.1',
      excludeIps: ['10.16.0.1'],
      default: true,
      natOutgoing: true,
    }),
  ];
  for (const subnet of subnets) await kube.create(resources.subnet, { ...subnet, metadata: { ...subnet.metadata, finalizers } });
  await kube.create(resources.namespace, namespaceObject('shop'));
  for (const n of [1, 2]) {
    const node = nodeObject(`node${n}`, `192.0.2.${n}`);
    const held = { address: `100.64.0.${n + 1}`, mac: `00:00:00:00:64:0${n}`, subnet: 'join' };
    await createNode(kube, { ...node, metadata: { ...node.metadata, annotations: annotationsOf(held, { port_name: `node-node${n}` }) } });
    await kube.create(resources.ip, ipOf({ ...held, name: `node-node${n}`, podName: `node${n}`, namespace: '', node: `node${n}` }));
  }
  for (const [name, n] of [
    ['web', 1],
    ['db', 2],
  ] as const) {
    const held = { address: `10.16.0.${n + 1}`, mac: `00:00:00:00:16:0${n}`, subnet: 'ovn-default' };
    const pod = podObject(name, { node: `node${n}`, annotations: annotationsOf(held, { routed: 'true', pod_nic_type: 'veth-pair' }) });
    await kube.create(resources.pod, { ...pod, metadata: { ...pod.metadata, labels: { app: name } } });
    const status = { phase: 'Running', podIP: held.address, podIPs: [{ ip: held.address }] } as const;
    await kube.patch(resources.pod, `shop/${name}`, { status }, { subresource: 'status' });
    await kube.create(resources.ip, ipOf({ ...held, name: `${name}.shop`, podName: name, namespace: 'shop', node: `node${n}` }));
  }
  await kube.create(resources.networkPolicy, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'db', namespace: 'shop' },
    spec: { podSelector: { matchLabels: { app: 'db' } }, ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }] }] },
  });
}

interface Held {
  readonly address: string;
  readonly mac: string;
  readonly subnet: string;
}

function annotationsOf({ address, mac, subnet }: Held, more: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [cidr, gateway] = subnet === 'join' ? ['100.64.0.0/16', '100.64.0.1'] : ['10.16.0.0/16', '10.16.0.1'];
  const says = { allocated: 'true', ip_address: address, mac_address: mac, cidr, gateway, logical_switch: subnet, ...more };
  return Object.fromEntries(Object.entries(says).map(([key, value]) => [`ovn.kubernetes.io/${key}`, value]));
}

function ipOf(of: Held & { readonly name: string; readonly podName: string; readonly namespace: string; readonly node: string }): IP {
  const { address, mac, subnet, name, podName, namespace, node } = of;
  return {
    apiVersion: 'kubeovn.io/v1',
    kind: 'IP',
    metadata: { name, finalizers, labels: { 'ovn.kubernetes.io/subnet': subnet, 'ovn.kubernetes.io/node-name': node, [subnet]: '' } },
    spec: {
      podName,
      namespace,
      subnet,
      attachSubnets: [],
      nodeName: node,
      ipAddress: address,
      v4IpAddress: address,
      v6IpAddress: '',
      attachIps: [],
      macAddress: mac,
      attachMacs: [],
      containerID: '',
      podType: '',
    },
  };
}

/** @source Kube-OVN 1.17: its names, marks and priorities. */
function leaveRows({ remote }: Cluster): void {
  const nbctl = (...argv: readonly string[]): string =>
    execFileSync('ovn-nbctl', [`--db=${remote}`, '--timeout=5', ...argv], { encoding: 'utf8' });
  nbctl('set', 'NB_Global', '.', 'options:use_logical_dp_groups=true', 'options:northd_probe_interval=5000');
  nbctl('lr-add', 'ovn-cluster', '--', 'set', 'Logical_Router', 'ovn-cluster', vendor);
  for (const [subnet, networks, mac] of [
    ['join', '100.64.0.1/16', '00:00:00:AA:00:01'],
    ['ovn-default', '10.16.0.1/16', '00:00:00:AA:00:02'],
  ] as const) {
    const [inner, outer] = [`${subnet}-ovn-cluster`, `ovn-cluster-${subnet}`];
    nbctl('ls-add', subnet, '--', 'set', 'Logical_Switch', subnet, vendor);
    nbctl('lrp-add', 'ovn-cluster', outer, mac, networks, '--', 'set', 'Logical_Router_Port', outer, vendor);
    nbctl('lsp-add', subnet, inner, '--', 'lsp-set-type', inner, 'router', '--', 'lsp-set-addresses', inner, 'router');
    nbctl('lsp-set-options', inner, `router-port=${outer}`, '--', 'set', 'Logical_Switch_Port', inner, vendor);
    policy(nbctl, { priority: 31_000, match: `ip4.dst == ${networks.replace('.1/', '.0/')}`, action: 'allow' });
  }
  nbctl('lr-route-add', 'ovn-cluster', '0.0.0.0/0', '100.64.0.1');
  const [route = ''] = nbctl('--bare', '--columns=_uuid', 'find', 'Logical_Router_Static_Route', 'ip_prefix="0.0.0.0/0"').split('\n');
  nbctl('set', 'Logical_Router_Static_Route', route, vendor);
  for (const n of [1, 2]) {
    const [join, pod] = [`100.64.0.${n + 1}`, n === 1 ? 'web' : 'db'];
    port(nbctl, { on: 'join', name: `node-node${n}`, addresses: `00:00:00:00:64:0${n} ${join}`, ids: [] });
    const ids = [`external_ids:pod=shop/${pod}`, 'external_ids:ls=ovn-default'];
    port(nbctl, { on: 'ovn-default', name: `${pod}.shop`, addresses: `00:00:00:00:16:0${n} 10.16.0.${n + 1}`, ids });
    for (const group of [`node.node${n}`, `ovn.default.node${n}`])
      nbctl('pg-add', group, `${pod}.shop`, '--', 'set', 'Port_Group', group, vendor);
    policy(nbctl, { priority: 30_000, match: `ip4.dst == 192.0.2.${n}`, action: 'reroute', nexthop: join });
    policy(nbctl, { priority: 29_000, match: `ip4.src == $ovn.default.node${n}_ip4`, action: 'reroute', nexthop: join });
  }
  nbctl('pg-add', 'db.shop', 'db.shop', '--', 'set', 'Port_Group', 'db.shop', vendor, 'external_ids:np=shop/db');
  const set = 'db.shop.ingress.allow.IPv4.0';
  nbctl('create', 'Address_Set', `name=${set}`, 'addresses=10.16.0.2', vendor);
  for (const [priority, match, action] of [
    ['2000', 'outport == @db.shop && ip', 'drop'],
    ['2001', `outport == @db.shop && ip && ip4.src == $${set}`, 'allow-related'],
  ] as const)
    nbctl('--type=port-group', 'acl-add', 'db.shop', 'to-lport', priority, match, action);
  for (const uuid of nbctl('--bare', '--columns=_uuid', 'list', 'ACL').split('\n').filter(Boolean)) nbctl('set', 'ACL', uuid, vendor);
  nbctl('lb-add', 'cluster-tcp-loadbalancer', '10.96.0.1:443', '192.0.2.1:6443', 'tcp');
  nbctl('set', 'Load_Balancer', 'cluster-tcp-loadbalancer', vendor, '--', 'ls-lb-add', 'ovn-default', 'cluster-tcp-loadbalancer');
}

type Nbctl = (...argv: readonly string[]) => string;

function port(
  nbctl: Nbctl,
  row: { readonly on: string; readonly name: string; readonly addresses: string; readonly ids: readonly string[] },
): void {
  nbctl('lsp-add', row.on, row.name, '--', 'lsp-set-addresses', row.name, row.addresses);
  nbctl('set', 'Logical_Switch_Port', row.name, vendor, ...row.ids);
}

interface PolicyRow {
  readonly priority: number;
  readonly match: string;
  readonly action: string;
  readonly nexthop?: string;
}

function policy(nbctl: Nbctl, { priority, match, action, nexthop }: PolicyRow): void {
  nbctl('lr-policy-add', 'ovn-cluster', String(priority), match, action, ...(nexthop === undefined ? [] : [nexthop]));
  const found = nbctl('--bare', '--columns=_uuid', 'find', 'Logical_Router_Policy', `match="${match}"`);
  nbctl('set', 'Logical_Router_Policy', found.trim(), vendor);
}
