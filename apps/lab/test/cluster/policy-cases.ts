/**
 * Policies by name, and what they let pass: the recipes that people copy, and the examples of the Kubernetes documentation. Names of
 * ends: pods `web`, `client`, `stranger` of namespace np-shop and `visitor` of np-ops; `outside`; nodes.
 */
import type { NetworkPolicy } from '@kube-ovn/api';

export const SHOP = 'np-shop';
export const OPS = 'np-ops';

export interface PolicyCase {
  readonly name: string;
  /** In namespace np-shop. */
  readonly policies: readonly NonNullable<NetworkPolicy['spec']>[];
  /** `from>to protocol`, a part of what must and must not pass; the rest is the evaluator's to say. */
  readonly passes: readonly string[];
  readonly stops: readonly string[];
}

const web = { matchLabels: { app: 'bookstore', role: 'api' } };
const everyPod = { podSelector: {} };
const closed = { podSelector: web, ingress: [] };

export const recipes: readonly PolicyCase[] = [
  {
    name: 'deny all traffic to an application',
    policies: [closed],
    passes: ['client>stranger tcp', 'web>client tcp', 'web>outside tcp', 'node1>web tcp'],
    stops: ['client>web tcp', 'stranger>web udp', 'visitor>web tcp', 'node2>web tcp', 'outside>web tcp'],
  },
  {
    name: 'limit traffic to an application',
    policies: [{ podSelector: web, ingress: [{ from: [{ podSelector: { matchLabels: { app: 'bookstore' } } }] }] }],
    passes: ['client>web tcp', 'client>web udp'],
    stops: ['stranger>web tcp', 'visitor>web tcp'],
  },
  {
    name: 'allow all traffic to an application, whatever else denies it',
    policies: [closed, { podSelector: web, ingress: [{}] }],
    passes: ['client>web tcp', 'stranger>web udp', 'visitor>web tcp', 'node2>web tcp'],
    stops: [],
  },
  {
    name: 'deny all traffic to a namespace',
    policies: [{ ...everyPod, ingress: [] }],
    passes: ['web>visitor tcp', 'client>outside tcp'],
    stops: ['client>web tcp', 'visitor>stranger udp', 'web>client tcp'],
  },
  {
    name: 'deny traffic from other namespaces',
    policies: [{ ...everyPod, ingress: [{ from: [{ podSelector: {} }] }] }],
    passes: ['client>web tcp', 'stranger>web udp', 'web>visitor tcp'],
    stops: ['visitor>web tcp', 'visitor>client udp'],
  },
  {
    name: 'allow traffic to an application from all namespaces',
    policies: [
      { ...everyPod, ingress: [] },
      { podSelector: web, ingress: [{ from: [{ namespaceSelector: {} }] }] },
    ],
    passes: ['visitor>web tcp', 'client>web udp'],
    stops: ['visitor>client tcp', 'node2>web tcp', 'outside>web tcp'],
  },
  {
    name: 'allow all traffic from a namespace',
    policies: [{ podSelector: web, ingress: [{ from: [{ namespaceSelector: { matchLabels: { purpose: 'production' } } }] }] }],
    passes: ['visitor>web tcp'],
    stops: ['client>web tcp', 'stranger>web tcp'],
  },
  {
    name: 'allow traffic from some pods in another namespace',
    policies: [
      {
        podSelector: web,
        ingress: [
          {
            from: [
              {
                namespaceSelector: { matchLabels: { purpose: 'production' } },
                podSelector: { matchExpressions: [{ key: 'type', operator: 'In', values: ['monitoring'] }] },
              },
            ],
          },
        ],
      },
    ],
    passes: ['visitor>web tcp'],
    stops: ['client>web tcp'],
  },
  {
    name: 'allow traffic from outside of the cluster',
    policies: [
      { ...everyPod, ingress: [] },
      { podSelector: web, ingress: [{ from: [] }] },
    ],
    passes: ['outside>web tcp', 'outside>web udp', 'client>web tcp'],
    stops: ['outside>client tcp', 'outside>stranger udp'],
  },
  {
    name: 'allow traffic only to a port of an application',
    policies: [{ podSelector: web, ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 8080 }] }] }],
    passes: ['client>web tcp', 'stranger>web tcp'],
    stops: ['client>web udp', 'visitor>web tcp'],
  },
  {
    name: 'allow traffic to a port by its name',
    policies: [{ podSelector: {}, ingress: [{ ports: [{ port: 'answers', protocol: 'UDP' }] }] }],
    passes: ['client>web udp', 'visitor>stranger udp'],
    stops: ['client>web tcp', 'visitor>stranger tcp'],
  },
  {
    name: 'allow traffic from applications by several selectors',
    policies: [
      {
        podSelector: web,
        ingress: [{ from: [{ podSelector: { matchLabels: { role: 'search' } } }, { podSelector: { matchLabels: { app: 'inventory' } } }] }],
      },
    ],
    passes: ['client>web tcp', 'stranger>web tcp'],
    stops: ['visitor>web tcp'],
  },
  {
    name: 'deny traffic from an application',
    policies: [{ podSelector: web, policyTypes: ['Egress'], egress: [] }],
    passes: ['client>web tcp', 'client>outside tcp', 'web>node1 tcp'],
    stops: ['web>client tcp', 'web>visitor udp', 'web>outside tcp'],
  },
  {
    name: 'deny all traffic from a namespace',
    policies: [{ ...everyPod, policyTypes: ['Egress'], egress: [] }],
    passes: ['visitor>web tcp'],
    stops: ['client>web tcp', 'web>outside tcp', 'stranger>visitor udp'],
  },
  {
    name: 'deny traffic to outside of the cluster',
    policies: [{ ...everyPod, policyTypes: ['Egress'], egress: [{ to: [{ namespaceSelector: {} }] }] }],
    passes: ['client>web tcp', 'web>visitor udp'],
    stops: ['client>outside tcp', 'web>outside tcp'],
  },
];

export const documentation: readonly PolicyCase[] = [
  {
    name: 'the example of the page: blocks, namespaces and pods as peers, ports both ways',
    policies: [
      {
        podSelector: web,
        policyTypes: ['Ingress', 'Egress'],
        ingress: [
          {
            from: [
              { ipBlock: { cidr: '203.0.113.0/24', except: ['203.0.113.128/25'] } },
              { namespaceSelector: { matchLabels: { purpose: 'production' } } },
              { podSelector: { matchLabels: { role: 'search' } } },
            ],
            ports: [{ protocol: 'TCP', port: 8080 }],
          },
        ],
        egress: [{ to: [{ ipBlock: { cidr: '203.0.113.0/24' } }], ports: [{ protocol: 'TCP', port: 8080 }] }],
      },
    ],
    passes: ['client>web tcp', 'visitor>web tcp', 'outside>web tcp4', 'web>outside tcp4'],
    stops: ['stranger>web tcp', 'client>web udp', 'outside>web tcp6', 'web>client tcp', 'web>outside tcp6'],
  },
  {
    name: 'default deny all ingress',
    policies: [{ ...everyPod, policyTypes: ['Ingress'] }],
    passes: ['web>outside tcp'],
    stops: ['client>web tcp'],
  },
  {
    name: 'allow all ingress',
    policies: [
      { ...everyPod, policyTypes: ['Ingress'] },
      { ...everyPod, ingress: [{}], policyTypes: ['Ingress'] },
    ],
    passes: ['client>web tcp', 'visitor>web udp'],
    stops: [],
  },
  {
    name: 'default deny all egress',
    policies: [{ ...everyPod, policyTypes: ['Egress'] }],
    passes: ['visitor>web tcp'],
    stops: ['client>web tcp'],
  },
  {
    name: 'allow all egress',
    policies: [
      { ...everyPod, policyTypes: ['Egress'] },
      { ...everyPod, egress: [{}], policyTypes: ['Egress'] },
    ],
    passes: ['client>web tcp', 'web>outside tcp'],
    stops: [],
  },
  {
    name: 'default deny all ingress and all egress',
    policies: [{ ...everyPod, policyTypes: ['Ingress', 'Egress'] }],
    passes: ['node1>web tcp'],
    stops: ['client>web tcp', 'web>outside tcp', 'visitor>web tcp'],
  },
  {
    name: 'a range of ports',
    policies: [{ ...everyPod, policyTypes: ['Egress'], egress: [{ ports: [{ protocol: 'TCP', port: 8000, endPort: 8080 }] }] }],
    passes: ['client>web tcp', 'web>outside tcp'],
    stops: ['client>web udp'],
  },
  {
    name: 'several namespaces by a label',
    policies: [
      {
        podSelector: { matchLabels: { role: 'api' } },
        policyTypes: ['Egress'],
        egress: [
          { to: [{ namespaceSelector: { matchExpressions: [{ key: 'purpose', operator: 'In', values: ['production', 'testing'] }] } }] },
        ],
      },
    ],
    passes: ['web>visitor tcp'],
    stops: ['web>client tcp', 'web>outside tcp'],
  },
  {
    name: 'a namespace by its name',
    policies: [{ podSelector: web, ingress: [{ from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': OPS } } }] }] }],
    passes: ['visitor>web tcp'],
    stops: ['client>web tcp'],
  },
];

/** What the API says in half a sentence. */
export const corners: readonly PolicyCase[] = [
  {
    name: 'an exception of a block is no part of it, as source and as destination',
    policies: [
      {
        podSelector: web,
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ from: [{ ipBlock: { cidr: '203.0.113.0/24', except: ['203.0.113.8/29'] } }, { ipBlock: { cidr: '2001:db8::/32' } }] }],
        egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['203.0.113.10/32'] } }, { ipBlock: { cidr: '2001:db8::/32' } }] }],
      },
    ],
    passes: ['outside>web tcp6', 'web>outside udp6', 'web>visitor tcp4'],
    stops: ['outside>web tcp4', 'outside>web udp4', 'web>outside tcp4', 'web>visitor tcp6', 'client>web tcp'],
  },
  {
    name: 'without policyTypes a policy with rules for egress closes both ways, one without closes ingress alone',
    policies: [
      { podSelector: web, egress: [{ to: [{ podSelector: {} }] }] },
      { podSelector: { matchLabels: { app: 'inventory' } }, ingress: [] },
    ],
    passes: ['web>client tcp', 'stranger>outside tcp', 'stranger>client udp'],
    stops: ['client>web tcp', 'web>outside tcp', 'client>stranger tcp'],
  },
  {
    name: 'an empty list of rules allows nothing, an empty rule everything, an empty list of peers everybody',
    policies: [
      { ...everyPod, ingress: [] },
      { podSelector: web, ingress: [{}] },
      { podSelector: { matchLabels: { role: 'search' } }, ingress: [{ from: [], ports: [{ port: 8080 }] }] },
    ],
    passes: ['visitor>web udp', 'outside>web tcp', 'visitor>client tcp'],
    stops: ['visitor>client udp', 'visitor>stranger tcp'],
  },
  {
    name: 'a pod on its node’s network is its node: its labels make it neither peer nor subject',
    policies: [
      { podSelector: { matchLabels: { role: 'search' } }, ingress: [{ from: [{ podSelector: { matchLabels: { app: 'inventory' } } }] }] },
      { podSelector: { matchLabels: { app: 'inventory' } }, ingress: [] },
    ],
    passes: ['stranger>client tcp', 'client>node1 tcp', 'stranger>node1 tcp'],
    stops: ['node1>client tcp', 'web>client tcp', 'web>stranger tcp'],
  },
];
