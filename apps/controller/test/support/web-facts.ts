/** A small cluster for the web page's tests, with a text of the test's in every place that holds free text. */
import type { IP, Namespace, Node, Pod, Subnet } from '@kube-ovn/api';
import type { ClusterObjects } from '@kube-ovn/policy';
import { readAdminNetworkPolicy, readNetworkPolicy, readSecurityGroup, readSubnetIsolation } from '@kube-ovn/policy';
import type { Facts } from '../../src/web/facts.ts';

const object = (kind: string, name: string, rest: object): never =>
  ({ apiVersion: 'kubeovn.io/v1', kind, metadata: { name }, ...rest }) as never;

/** @param words what names, labels, blocks, messages and so on end with */
export function sampleFacts(words: string = ''): Facts {
  const subnets: Subnet[] = [
    object('Subnet', `ovn-default${words}`, {
      spec: {
        cidrBlock: '10.16.0.0/16,fd00:10:16::/112',
        gateway: `10.16.0.1${words}`,
        default: true,
        natOutgoing: true,
        excludeIps: [words],
      },
      status: { v4usingIPs: 12_288, v4availableIPs: 53_245, v6usingIPs: 3, v6availableIPs: 2n ** 64n },
    }),
    object('Subnet', `small${words}`, {
      spec: {
        cidrBlock: '10.20.0.0/28',
        private: true,
        namespaces: [`shop${words}`],
        gatewayType: 'centralized',
        gatewayNode: `node1${words}`,
      },
      status: { v4usingIPs: 12, v4availableIPs: 1, activateGateway: `node1${words}` },
    }),
    object('Subnet', `floor${words}`, { spec: { cidrBlock: '192.0.2.0/24', vlan: `v10${words}` }, status: {} }),
    object('Subnet', `refused${words}`, {
      spec: { cidrBlock: `10.16.0.0/33${words}`, vpc: `bank${words}` },
      status: { conditions: [{ type: 'Validated', status: 'False', message: `spec.cidrBlock is no block${words}` }] },
    }),
  ];
  const ip: IP = object('IP', `web.shop${words}`, {
    spec: {
      subnet: `small${words}`,
      namespace: `shop${words}`,
      podName: `web${words}`,
      nodeName: `node1${words}`,
      v4IpAddress: `10.20.0.2${words}`,
      macAddress: `00:00:00:01:02:03${words}`,
    },
  });
  const pod: Pod = object('Pod', `web${words}`, {
    metadata: {
      name: `web${words}`,
      namespace: 'shop',
      labels: { app: `web${words}` },
      annotations: { 'ovn.kubernetes.io/logical_switch': `small${words}`, 'ovn.kubernetes.io/allocated': 'true' },
    },
    spec: { nodeName: `node1${words}`, containers: [] },
    status: { phase: 'Running', podIP: '10.20.0.2', podIPs: [{ ip: '10.20.0.2' }] },
  });
  const node: Node = object('Node', `node1${words}`, {
    metadata: {
      name: `node1${words}`,
      annotations: { 'ovn.kubernetes.io/ip_address': '100.64.0.2', 'ovn.kubernetes.io/chassis': `c1${words}` },
    },
    status: { addresses: [{ type: 'InternalIP', address: `192.0.2.1${words}` }], conditions: [{ type: 'Ready', status: 'True' }] },
  });
  const shut = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace: 'shop', name: `shut${words}` },
    spec: { podSelector: { matchLabels: { app: `web${words}` } }, policyTypes: ['Ingress'], ingress: [] },
  };
  const namespaces: readonly Namespace[] = [object('Namespace', 'shop', { metadata: { name: 'shop', labels: { team: `red${words}` } } })];
  const read = <T extends { readonly metadata: { readonly name: string } }, R>(from: (object: T) => R, source: T) => ({
    ...from(source),
    objectKey: source.metadata.name,
    generation: 1,
  });
  const isolation = readSubnetIsolation(
    { metadata: { name: `small${words}` }, spec: { cidrBlock: '10.20.0.0/28', private: true, allowSubnets: ['10.16.0.0/16'] } },
    ['100.64.0.0/16'],
  );
  return {
    replica: `kube-ovn-controller-1${words}`,
    isLeader: true,
    doubts: words === '' ? [] : [words],
    subnets,
    vpcs: [object('Vpc', 'ovn-cluster', { spec: {} }), object('Vpc', `bank${words}`, { spec: {} })],
    vlans: [object('Vlan', `v10${words}`, { spec: { id: 10, provider: `physical${words}` } })],
    nodes: [node],
    namespaces,
    pods: [pod],
    ips: [ip],
    world: {
      pods: [pod],
      nodes: [node],
      services: [],
      slices: [],
      subnets,
      vpcs: [],
      events: [],
      ips: [ip],
      vips: [],
      switchLbRules: [],
      policies: {
        namespaces,
        pods: [pod],
        nodes: [node],
        networkPolicies: [shut],
        adminNetworkPolicies: [],
        baselineAdminNetworkPolicies: [],
        clusterNetworkPolicies: [],
        securityGroups: [],
        subnets,
      } as unknown as ClusterObjects,
    },
    vips: [object('Vip', `shared${words}`, { spec: { subnet: `small${words}` }, status: { v4ip: `10.20.0.9${words}`, mac: words } })],
    eips: [object('OvnEip', `eip${words}`, { spec: { externalSubnet: `floor${words}` }, status: { v4Ip: `192.0.2.7${words}` } })],
    policies: [
      ...(isolation.value === undefined ? [] : [{ ...isolation, value: isolation.value, objectKey: 'small', generation: 1 }]),
      read(readNetworkPolicy, {
        metadata: { namespace: 'shop', name: `shut${words}` },
        spec: {
          podSelector: { matchLabels: { app: `web${words}` } },
          policyTypes: ['Ingress'],
          ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }], ports: [{ protocol: 'TCP', port: 80 }] }],
        },
      }),
      read(readAdminNetworkPolicy, {
        metadata: { name: `first${words}` },
        spec: {
          priority: 5,
          subject: { namespaces: { matchLabels: { team: `red${words}` } } },
          egress: [{ name: `out${words}`, action: 'Deny', to: [{ networks: [`192.0.2.0/24${words}`] }] }],
        },
      }),
    ],
    securityGroups: [
      readSecurityGroup({
        metadata: { name: `group${words}` },
        spec: {
          allowSameGroupTraffic: true,
          ingressRules: [
            {
              ipVersion: 'ipv4',
              protocol: 'all',
              priority: 2,
              remoteType: 'securityGroup',
              remoteSecurityGroup: `staff${words}`,
              policy: 'allow',
            },
            {
              ipVersion: 'ipv4',
              protocol: 'icmp',
              priority: 1,
              remoteType: 'address',
              remoteAddress: `0.0.0.0/0${words}`,
              policy: 'allow',
            },
          ],
        },
      }),
    ],
  };
}
