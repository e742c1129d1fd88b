/** The four shapes that the benchmark compiles, as objects that an engine takes. */
import { type Pod, type Policy, readNetworkPolicy } from '../src/index.ts';

/** What a shape is made of. */
export interface Shape {
  readonly namespaces: readonly string[];
  readonly nodes: readonly string[];
  readonly pods: readonly Pod[];
  readonly policies: readonly Policy[];
}

const podsPerNode = 100;

/** By name. The first three are the largest of the published measurements of Antrea's controller. */
export const shapes: Readonly<Record<string, () => Shape>> = {
  '25,000 namespaces of 4 pods and 3 policies': () =>
    shape(
      namespacesOf(25_000).map((namespace, index) => ({
        namespace,
        pods: ['web', 'web', 'app', 'db'].map((app, pod) => podOf(namespace, pod, { app, index: index * 4 + pod })),
        policies: [
          policyOf(namespace, 'deny-all', {}, []),
          policyOf(namespace, 'web', { app: 'web' }, [{ ports: [{ protocol: 'TCP', port: 80 }] }]),
          policyOf(namespace, 'app', { app: 'app' }, [
            { from: [{ podSelector: { matchLabels: { app: 'web' } } }], ports: [{ protocol: 'TCP', port: 8080 }] },
          ]),
        ],
      })),
    ),
  '100 namespaces of 1,000 pods and 101 policies': () =>
    shape(
      namespacesOf(100).map((namespace, index) => ({
        namespace,
        pods: Array.from({ length: 1000 }, (_, pod) => podOf(namespace, pod, { app: `app-${pod % 100}`, index: index * 1000 + pod })),
        policies: [
          policyOf(namespace, 'deny-all', {}, []),
          ...Array.from({ length: 100 }, (_, app) =>
            policyOf(namespace, `app-${app}`, { app: `app-${app}` }, [
              { from: [{ podSelector: { matchLabels: { app: `app-${(app + 1) % 100}` } } }], ports: [{ protocol: 'TCP', port: 8080 }] },
            ]),
          ),
        ],
      })),
    ),
  'one namespace of 10,000 pods and 10,000 policies that each select all': () =>
    shape([
      {
        namespace: 'all',
        pods: Array.from({ length: 10_000 }, (_, pod) => podOf('all', pod, { app: 'web', index: pod })),
        policies: Array.from({ length: 10_000 }, (_, index) => policyOf('all', `all-${index}`, {}, [{ from: [{ podSelector: {} }] }])),
      },
    ]),
  '240 namespaces of 10 pods and 20 policies with 5 ports × 5 ranges × 5 peers, dual stack': () =>
    shape(
      namespacesOf(240).map((namespace, index) => ({
        namespace,
        pods: Array.from({ length: 10 }, (_, pod) => podOf(namespace, pod, { app: `app-${pod}`, index: index * 10 + pod })),
        policies: Array.from({ length: 20 }, (_, number) =>
          policyOf(namespace, `np-${number}`, { app: `app-${number % 10}` }, [wideRule(index)]),
        ),
      })),
    ),
};

type Ingress = NonNullable<NonNullable<Parameters<typeof readNetworkPolicy>[0]['spec']>['ingress']>;

function wideRule(index: number): Ingress[number] {
  const five = [1, 2, 3, 4, 5];
  return {
    from: [
      ...five.map((number) => ({
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': `ns-${(index + number) % 240}` } },
        podSelector: { matchLabels: { app: `app-${number}` } },
      })),
      ...five.map((number) => ({ ipBlock: { cidr: `192.0.${number}.0/25` } })),
      ...five.map((number) => ({ ipBlock: { cidr: `2001:db8:${number}::/48` } })),
    ],
    ports: five.flatMap((number) => [
      { protocol: 'TCP', port: number * 7 },
      { protocol: 'TCP', port: 10_000 * number, endPort: 10_000 * number + 99 },
    ]),
  };
}

function shape(
  parts: readonly { readonly namespace: string; readonly pods: readonly Pod[]; readonly policies: readonly Policy[] }[],
): Shape {
  const pods = parts.flatMap((part) => part.pods);
  return {
    namespaces: parts.map(({ namespace }) => namespace),
    nodes: [...new Set(pods.map(({ node }) => node ?? ''))],
    pods,
    policies: parts.flatMap((part) => part.policies),
  };
}

function namespacesOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `ns-${index}`);
}

function podOf(namespace: string, number: number, { app, index }: { readonly app: string; readonly index: number }): Pod {
  const name = `${app}-${number}`;
  const [high, low] = [(index >> 8) & 0xff, index & 0xff];
  const addresses = [`10.${16 + (index >> 16)}.${high}.${low}`, `fd00:10:${(index >> 16).toString(16)}::${(index & 0xff_ff).toString(16)}`];
  return {
    namespace,
    name,
    labels: { app, 'pod-template-hash': '5d4f7c8b9' },
    node: `node-${Math.floor(index / podsPerNode)}`,
    interfaces: [{ network: 'ovn', port: `${name}.${namespace}`, addresses }],
    ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
    hostNetwork: false,
    completed: false,
  };
}

function policyOf(namespace: string, name: string, labels: Readonly<Record<string, string>>, ingress: Ingress): Policy {
  const spec = { podSelector: { matchLabels: labels }, policyTypes: ['Ingress'], ingress };
  return readNetworkPolicy({ metadata: { namespace, name }, spec }).value;
}
