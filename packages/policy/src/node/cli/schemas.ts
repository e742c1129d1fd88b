/**
 * The shape that each kind must have: what the API server would refuse is refused here, with the path of the field.
 *
 * @source core/v1; networking.k8s.io/v1; policy.networking.k8s.io/v1alpha1 and v1alpha2; kubeovn.io/v1
 */
import Type from 'typebox';

const texts = Type.Record(Type.String(), Type.String());
const list = (item: Type.TSchema): Type.TSchema => Type.Array(item);
const maybe = (schema: Type.TSchema): Type.TSchema => Type.Optional(schema);
const fields = (properties: Type.TProperties): Type.TSchema => Type.Object(properties);
const oneOf = (...values: readonly string[]): Type.TSchema => Type.Enum([...values]);

const name = Type.String({ minLength: 1 });
const meta = fields({ name, namespace: maybe(name), labels: maybe(texts), annotations: maybe(texts) });
const inNamespace = fields({ name, namespace: name, labels: maybe(texts), annotations: maybe(texts) });
const portNumber = Type.Integer({ minimum: 1, maximum: 65_535 });
const protocol = oneOf('TCP', 'UDP', 'SCTP');
/** What an address or block may be, its reader says. */
const address = Type.String();
const block = Type.String();

const selector = fields({
  matchLabels: maybe(texts),
  matchExpressions: maybe(
    list(fields({ key: name, operator: oneOf('In', 'NotIn', 'Exists', 'DoesNotExist'), values: maybe(list(Type.String())) })),
  ),
});

const container = fields({
  ports: maybe(list(fields({ name: maybe(name), containerPort: portNumber, protocol: maybe(protocol) }))),
  restartPolicy: maybe(Type.String()),
});

const pod = fields({
  metadata: inNamespace,
  spec: maybe(
    fields({
      nodeName: maybe(Type.String()),
      hostNetwork: maybe(Type.Boolean()),
      containers: maybe(list(container)),
      initContainers: maybe(list(container)),
    }),
  ),
  status: maybe(fields({ phase: maybe(Type.String()), podIP: maybe(address), podIPs: maybe(list(fields({ ip: address }))) })),
});

const node = fields({
  metadata: meta,
  status: maybe(fields({ addresses: maybe(list(fields({ type: Type.String(), address: Type.String() }))) })),
});

const policyPeer = fields({
  podSelector: maybe(selector),
  namespaceSelector: maybe(selector),
  ipBlock: maybe(fields({ cidr: block, except: maybe(list(block)) })),
});
const policyPorts = list(fields({ protocol: maybe(protocol), port: maybe(Type.Union([portNumber, name])), endPort: maybe(portNumber) }));

const networkPolicy = fields({
  metadata: inNamespace,
  spec: maybe(
    fields({
      podSelector: maybe(selector),
      policyTypes: maybe(list(oneOf('Ingress', 'Egress'))),
      ingress: maybe(list(fields({ from: maybe(list(policyPeer)), ports: maybe(policyPorts) }))),
      egress: maybe(list(fields({ to: maybe(list(policyPeer)), ports: maybe(policyPorts) }))),
    }),
  ),
});

const namespacedPod = fields({ namespaceSelector: maybe(selector), podSelector: maybe(selector) });
const subject = fields({ namespaces: maybe(selector), pods: maybe(namespacedPod) });
const adminPeer = fields({
  namespaces: maybe(selector),
  pods: maybe(namespacedPod),
  nodes: maybe(selector),
  networks: maybe(list(block)),
  domainNames: maybe(list(name)),
});
const adminPort = fields({
  portNumber: maybe(fields({ protocol: maybe(protocol), port: portNumber })),
  portRange: maybe(fields({ protocol: maybe(protocol), start: portNumber, end: portNumber })),
  namedPort: maybe(name),
});
const destination = fields({
  destinationPort: maybe(fields({ number: maybe(portNumber), range: maybe(fields({ start: portNumber, end: portNumber })) })),
});
const clusterProtocol = fields({
  tcp: maybe(destination),
  udp: maybe(destination),
  sctp: maybe(destination),
  destinationNamedPort: maybe(name),
});
const priority = Type.Integer({ minimum: 0, maximum: 1000 });

/** The admin kinds differ in the words for actions, in how ports are written, and in what gives them their rank. */
function adminPolicy(actions: readonly string[], rank: Type.TProperties): Type.TSchema {
  const common = { action: oneOf(...actions), ports: maybe(list(adminPort)), protocols: maybe(list(clusterProtocol)) };
  return fields({
    metadata: meta,
    spec: fields({
      ...rank,
      subject,
      ingress: maybe(list(fields({ ...common, from: Type.Array(adminPeer, { minItems: 1 }) }))),
      egress: maybe(list(fields({ ...common, to: Type.Array(adminPeer, { minItems: 1 }) }))),
    }),
  });
}

const groupRule = fields({
  ipVersion: maybe(oneOf('ipv4', 'ipv6')),
  protocol: maybe(oneOf('all', 'icmp', 'tcp', 'udp')),
  priority: maybe(Type.Integer({ minimum: 1, maximum: 16_384 })),
  remoteType: maybe(oneOf('address', 'securityGroup')),
  remoteAddress: maybe(Type.String()),
  remoteSecurityGroup: maybe(Type.String()),
  localAddress: maybe(Type.String()),
  portRangeMin: maybe(portNumber),
  portRangeMax: maybe(portNumber),
  sourcePortRangeMin: maybe(portNumber),
  sourcePortRangeMax: maybe(portNumber),
  policy: maybe(oneOf('allow', 'drop', 'pass')),
});

const securityGroup = fields({
  metadata: meta,
  spec: maybe(
    fields({
      tier: maybe(Type.Integer({ minimum: 0, maximum: 1 })),
      allowSameGroupTraffic: maybe(Type.Boolean()),
      ingressRules: maybe(list(groupRule)),
      egressRules: maybe(list(groupRule)),
    }),
  ),
});

const subnet = fields({
  metadata: meta,
  spec: maybe(
    fields({
      cidrBlock: maybe(Type.String()),
      vpc: maybe(Type.String()),
      private: maybe(Type.Boolean()),
      allowSubnets: maybe(list(block)),
    }),
  ),
});

/** By kind: the group that it belongs to, and its shape. */
export const kinds: Readonly<Record<string, { readonly group: string; readonly schema: Type.TSchema }>> = {
  Namespace: { group: '', schema: fields({ metadata: meta }) },
  Pod: { group: '', schema: pod },
  Node: { group: '', schema: node },
  NetworkPolicy: { group: 'networking.k8s.io', schema: networkPolicy },
  AdminNetworkPolicy: { group: 'policy.networking.k8s.io', schema: adminPolicy(['Allow', 'Deny', 'Pass'], { priority }) },
  BaselineAdminNetworkPolicy: { group: 'policy.networking.k8s.io', schema: adminPolicy(['Allow', 'Deny'], {}) },
  ClusterNetworkPolicy: {
    group: 'policy.networking.k8s.io',
    schema: adminPolicy(['Accept', 'Deny', 'Pass'], { priority, tier: oneOf('Admin', 'Baseline') }),
  },
  SecurityGroup: { group: 'kubeovn.io', schema: securityGroup },
  Subnet: { group: 'kubeovn.io', schema: subnet },
};
