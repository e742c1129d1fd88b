/** Named states of the API. Pods have static addresses here: which address is free is the allocator's matter and has its own tests. */
import type {
  EndpointSlice,
  Namespace,
  NetworkPolicy,
  Node,
  Pod,
  SecurityGroup,
  Service,
  Subnet,
  SubnetSpec,
  VirtualMachineInstance,
  Vpc,
} from '@kube-ovn/api';
import { namespaceObject, nodeObject, podObject, subnetObject } from '../support/objects.ts';
import type { Objects } from './world.ts';

const vpc = (name: string, spec: Vpc['spec'] = {}): Vpc => ({ apiVersion: 'kubeovn.io/v1', kind: 'Vpc', metadata: { name }, spec });
const created = (subnet: Subnet, second: number): Subnet => ({
  ...subnet,
  metadata: { ...subnet.metadata, creationTimestamp: `2026-01-01T00:00:${String(second).padStart(2, '0')}Z` },
});
const subnet = (name: string, second: number, spec: SubnetSpec): Subnet => created(subnetObject(name, spec), second);
const node = (name: string, ip: string): Node => ({ ...nodeObject(name, ip), metadata: { name, uid: `uid-${name}` } });

interface PodFacts {
  readonly node: string;
  readonly subnet: string;
  readonly ip: string;
  readonly namespace?: string;
}

function pod(name: string, number: number, { node: on, subnet: from, ip, namespace = 'shop' }: PodFacts): Pod {
  const mac = `0a:00:00:00:00:${number.toString(16).padStart(2, '0')}`;
  const annotations = {
    'ovn.kubernetes.io/ip_address': ip,
    'ovn.kubernetes.io/mac_address': mac,
    'ovn.kubernetes.io/logical_switch': from,
  };
  const object = podObject(name, { namespace, node: on, annotations });
  return { ...object, metadata: { ...object.metadata, uid: `uid-${name}` } };
}

/** A pod that runs virtual machine `db`, as KubeVirt makes it. */
function launcherPod(name: string, number: number, on: string): Pod {
  const object = pod(name, 7, { node: on, subnet: 'ovn-default', ip: '10.16.0.70' });
  const ownerReferences = [{ apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstance', name: 'db', uid: 'vmi', controller: true }];
  const annotations = { ...object.metadata.annotations, ...(number === 1 ? {} : { 'kubevirt.io/migrationJobName': 'move' }) };
  return { ...object, metadata: { ...object.metadata, annotations, ownerReferences, creationTimestamp: `2026-01-01T00:00:0${number}Z` } };
}
const instanceOn = (nodeName: string): VirtualMachineInstance => ({ metadata: { name: 'db', namespace: 'shop' }, status: { nodeName } });

const service: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    clusterIP: '10.96.0.10',
    clusterIPs: ['10.96.0.10', 'fd00:96::a'],
    sessionAffinity: 'ClientIP',
    ports: [
      { name: 'http', port: 80, targetPort: 'http' },
      { name: 'dns', port: 53, protocol: 'UDP' },
    ],
  },
};
const slice = (name: string, addressType: 'IPv4' | 'IPv6', addresses: readonly string[]): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name, namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
  addressType,
  endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
  ports: [
    { name: 'http', protocol: 'TCP', port: 8080 },
    { name: 'dns', protocol: 'UDP', port: 5353 },
  ],
});
const slices = [slice('web-4', 'IPv4', ['10.16.0.50', '10.16.0.51']), slice('web-6', 'IPv6', ['fd00:16::50'])];

/** Endpoints of the service `web` that are pods: name and address. */
const ofPods = (namespace: string, pods: readonly string[]): EndpointSlice => {
  const object = slice(`web-${namespace}`, 'IPv4', []);
  return {
    ...object,
    metadata: { ...object.metadata, namespace },
    endpoints: pods.map((text) => {
      const [name = '', address = ''] = text.split(' ');
      return { addresses: [address], conditions: { ready: true }, targetRef: { kind: 'Pod', namespace, name } };
    }),
  };
};
/** One endpoint in the east, the next in the west. */
const placed = slices.map((each) => ({
  ...each,
  endpoints: each.endpoints?.map((endpoint, index) => ({ ...endpoint, nodeName: index === 0 ? 'east' : 'west' })) ?? [],
}));
const zoned = placed.map((each) => ({
  ...each,
  endpoints: each.endpoints.map((endpoint) => ({ ...endpoint, hints: { forZones: [{ name: endpoint.nodeName }] } })),
}));

const join = subnet('join', 0, { cidrBlock: '100.64.0.0/30' });

const base = {
  vpcs: [vpc('ovn-cluster')],
  subnets: [join, subnet('ovn-default', 1, { cidrBlock: '10.16.0.0/16' })],
  namespaces: [namespaceObject('shop')] as readonly Namespace[],
  nodes: [] as readonly Node[],
  pods: [] as readonly Pod[],
} satisfies Objects;

/** The join Subnet has one address besides its gateway: so the node's address is certain. */
const oneNode = { ...base, nodes: [node('node1', '192.0.2.1')] } satisfies Objects;
/** Its daemon has said by which name OVN knows it. */
const onChassis: Node = {
  ...node('node1', '192.0.2.1'),
  metadata: { name: 'node1', uid: 'uid-node1', annotations: { 'ovn.kubernetes.io/chassis': 'chassis-1' } },
};
/** Nodes of these names, each in a zone of its name but for the last one. Without a join Subnet none has an address that depends on the order. */
const places = ['east', 'west', 'nowhere'];
const threeNodes = {
  ...base,
  subnets: base.subnets.filter(({ metadata }) => metadata.name !== 'join'),
  nodes: places.map((name, index): Node => {
    const labels = name === 'nowhere' ? {} : { 'topology.kubernetes.io/zone': name };
    const annotations = { 'ovn.kubernetes.io/chassis': `chassis-of-${name}` };
    return { ...node(name, `192.0.2.1${index}`), metadata: { name, uid: `uid-${name}`, annotations, labels } };
  }),
} satisfies Objects;
const web = pod('web', 1, { node: 'node1', subnet: 'ovn-default', ip: '10.16.0.50' });
const dualNet = subnet('dual', 2, { cidrBlock: '10.20.0.0/24,fd00:20::/64' });

const labelled = (object: Pod, labels: Readonly<Record<string, string>>): Pod => ({ ...object, metadata: { ...object.metadata, labels } });
const policy = (name: string, spec: NonNullable<NetworkPolicy['spec']>): NetworkPolicy => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace: 'shop' },
  spec,
});
const group: SecurityGroup = {
  apiVersion: 'kubeovn.io/v1',
  kind: 'SecurityGroup',
  metadata: { name: 'databases' },
  spec: {
    allowSameGroupTraffic: true,
    ingressRules: [
      {
        ipVersion: 'ipv4',
        protocol: 'tcp',
        priority: 1,
        remoteType: 'address',
        remoteAddress: '10.16.0.0/24',
        portRangeMin: 5432,
        portRangeMax: 5433,
        policy: 'allow',
      },
    ],
    egressRules: [{ ipVersion: 'ipv4', protocol: 'all', priority: 2, remoteType: 'address', remoteAddress: '0.0.0.0/0', policy: 'drop' }],
  },
};
const inGroups = (object: Pod, groups: string): Pod => ({
  ...object,
  metadata: {
    ...object.metadata,
    annotations: {
      ...object.metadata.annotations,
      'ovn.kubernetes.io/port_security': 'true',
      'ovn.kubernetes.io/security_groups': groups,
    },
  },
});
const pair = [
  labelled(web, { app: 'web' }),
  labelled(pod('db', 2, { node: 'node1', subnet: 'ovn-default', ip: '10.16.0.60' }), { app: 'db' }),
];

export const states: Readonly<Record<string, Objects>> = {
  nothing: { vpcs: [], subnets: [], namespaces: [], nodes: [], pods: [] },
  'default vpc without nodes': base,
  'one node': oneNode,
  'one pod': { ...oneNode, pods: [web] },
  'one pod with another address': {
    ...oneNode,
    pods: [pod('web', 1, { node: 'node1', subnet: 'ovn-default', ip: '10.16.0.51' })].map((each) => ({
      ...each,
      metadata: { ...each.metadata, uid: 'uid-later' },
    })),
  },
  'pod in a dual stack subnet': {
    ...oneNode,
    subnets: [...base.subnets, dualNet],
    pods: [web, pod('both', 2, { node: 'node1', subnet: 'dual', ip: '10.20.0.9,fd00:20::9' })],
  },
  'pod with two settings': {
    ...oneNode,
    pods: [
      {
        ...web,
        metadata: {
          ...web.metadata,
          annotations: {
            ...web.metadata.annotations,
            'ovn.kubernetes.io/port_security': 'true',
            'ovn.kubernetes.io/layer2_forward': 'true',
          },
        },
      },
    ],
  },
  'a subnet whose router announces itself': {
    ...oneNode,
    subnets: [
      ...base.subnets,
      subnet('dual', 2, { cidrBlock: '10.20.0.0/24,fd00:20::/64', enableIPv6RA: true }),
      subnet('formed', 3, {
        cidrBlock: 'fd00:21::/64',
        enableIPv6RA: true,
        ipv6RAConfigs: 'address_mode=slaac,mtu=1400,dnssl=a.example,b.example',
      }),
      subnet('bad', 4, { cidrBlock: 'fd00:22::/64', enableIPv6RA: true, ipv6RAConfigs: 'address_mode=auto' }),
      subnet('four', 5, { cidrBlock: '10.23.0.0/24', enableIPv6RA: true }),
    ],
    pods: [web],
  },
  'subnet that became centralized': {
    ...oneNode,
    nodes: [onChassis],
    subnets: [join, subnet('ovn-default', 1, { cidrBlock: '10.16.0.0/16', gatewayType: 'centralized', gatewayNode: 'node1' })],
    pods: [web],
  },
  'overlapping and bad subnets beside good ones': {
    ...oneNode,
    subnets: [...base.subnets, dualNet, subnet('late', 9, { cidrBlock: '10.20.0.0/16' }), subnet('bad', 3, { cidrBlock: '10.300.0.0/16' })],
    pods: [web],
  },
  'a vpc of its own': {
    ...oneNode,
    vpcs: [...base.vpcs, vpc('red', { namespaces: ['shop'] })],
    subnets: [...base.subnets, subnet('red-net', 4, { cidrBlock: '10.16.0.0/16', vpc: 'red' })],
    pods: [pod('web', 1, { node: 'node1', subnet: 'red-net', ip: '10.16.0.50' })].map((each) => ({
      ...each,
      metadata: { ...each.metadata, uid: 'uid-red' },
    })),
  },
  'a policy that closes the namespace': {
    ...oneNode,
    pods: pair,
    networkPolicies: [policy('closed', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] })],
  },
  'a policy that opens one port to some pods': {
    ...oneNode,
    pods: pair,
    networkPolicies: [
      policy('closed', { podSelector: {} }),
      policy('db', {
        podSelector: { matchLabels: { app: 'db' } },
        ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }], ports: [{ protocol: 'TCP', port: 5432 }] }],
      }),
    ],
  },
  'a private subnet': {
    ...oneNode,
    subnets: [...base.subnets, subnet('vault', 5, { cidrBlock: '10.21.0.0/24', private: true, allowSubnets: ['10.16.0.0/24'] })],
    pods: [web, pod('safe', 3, { node: 'node1', subnet: 'vault', ip: '10.21.0.9' })],
  },
  'a security group': { ...oneNode, pods: pair.map((each) => inGroups(each, 'databases')), securityGroups: [group] },
  'the default security group in a vpc of its own': {
    ...oneNode,
    vpcs: [...base.vpcs, vpc('red', { namespaces: ['shop'] })],
    subnets: [...base.subnets, subnet('red-net', 4, { cidrBlock: '10.16.0.0/16', vpc: 'red' })],
    pods: [pod('teller', 4, { node: 'node1', subnet: 'red-net', ip: '10.16.0.60' })],
    securityGroups: [{ ...group, metadata: { ...group.metadata, name: 'default-securitygroup' } }],
  },
  'a security group that is not there': { ...oneNode, pods: [inGroups(web, 'databases')] },
  'a service without endpoints': { ...oneNode, pods: [web], services: [service] },
  'a service with endpoints': { ...oneNode, pods: [web], services: [service], endpointSlices: slices },
  'a service for the pods of each node': {
    ...threeNodes,
    services: [{ ...service, spec: { ...service.spec, sessionAffinity: 'None', internalTrafficPolicy: 'Local' } }],
    endpointSlices: placed,
  },
  'services in a vpc of its own': {
    ...oneNode,
    vpcs: [...base.vpcs, vpc('red', { namespaces: ['shop'], defaultSubnet: 'red-net' })],
    subnets: [...base.subnets, subnet('red-net', 4, { cidrBlock: '10.16.0.0/16', vpc: 'red' })],
    namespaces: [...base.namespaces, namespaceObject('pay')],
    // of the same address, one in each Vpc
    pods: [
      pod('teller', 4, { node: 'node1', subnet: 'red-net', ip: '10.16.0.60' }),
      pod('clerk', 5, { node: 'node1', subnet: 'ovn-default', ip: '10.16.0.60', namespace: 'pay' }),
      pod('guest', 6, { node: 'node1', subnet: 'ovn-default', ip: '10.16.0.61' }),
    ],
    services: [service, { ...service, metadata: { name: 'web', namespace: 'pay' } }],
    endpointSlices: [ofPods('shop', ['teller 10.16.0.60', 'guest 10.16.0.61']), ofPods('pay', ['clerk 10.16.0.60'])],
  },
  'a service for the pods of each zone': { ...threeNodes, services: [service], endpointSlices: zoned },
  'a virtual machine': {
    ...oneNode,
    pods: [launcherPod('virt-launcher-db-a', 1, 'node1')],
    virtualMachineInstances: [instanceOn('node1')],
  },
  'a virtual machine that is being moved': {
    ...oneNode,
    pods: [launcherPod('virt-launcher-db-a', 1, 'node1'), launcherPod('virt-launcher-db-b', 2, 'node2')],
    virtualMachineInstances: [instanceOn('node1')],
  },
  'a virtual machine that has been moved': {
    ...oneNode,
    pods: [launcherPod('virt-launcher-db-a', 1, 'node1'), launcherPod('virt-launcher-db-b', 2, 'node2')],
    virtualMachineInstances: [instanceOn('node2')],
  },
  'node without its pods': { ...base, nodes: [node('node1', '192.0.2.7')] },
};
