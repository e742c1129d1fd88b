/**
 * Names that controller, daemon and users agree on.
 */

/** Provider of the first interface of a workload. */
export const DEFAULT_PROVIDER = 'ovn';

/** The Vpc of the cluster. */
export const DEFAULT_VPC = 'ovn-cluster';

/** Name of the ValidatingWebhookConfiguration, and of the Secret with the authorities of its certificates. */
export const WEBHOOK_NAME = 'kube-ovn-webhook';

/** Finalizer on our custom resources, and its older name. */
export const FINALIZER = 'kubeovn.io/kube-ovn-controller';
export const OLD_FINALIZER = 'kube-ovn-controller';

/**
 * Name of a workload's logical switch port, of its `IP` object and of its allocation.
 *
 * @param port.provider left out of the name for the first interface
 */
export function portName(port: { readonly pod: string; readonly namespace: string; readonly provider?: string }): string {
  const base = `${port.pod}.${port.namespace}`;
  return port.provider === undefined || port.provider === DEFAULT_PROVIDER ? base : `${base}.${port.provider}`;
}

/**
 * The port by which traffic of centralized Subnets gets to a node that is their gateway, and its link. It is the same port on every node,
 * since OVN delivers what is for it on the node where it is (type `localport`).
 */
export const GATEWAY_PORT = { name: 'kube-ovn.gateway', link: 'ovn-gw0', mac: '0a:6b:6f:67:77:02', prefix: '198.18.0.2/32' } as const;

/** Name of the port through which a node reaches the network. */
export function nodePortName(node: string): string {
  return `node-${node}`;
}

/** Name of the allocation for the junction of an underlay subnet and its Vpc. */
export function u2oInterconnectionName(names: { readonly vpc: string; readonly subnet: string }): string {
  return `u2o-interconnection.${names.vpc}.${names.subnet}`;
}

/** Name of the allocation for the multicast querier of a subnet. */
export function multicastQuerierName(subnet: string): string {
  return `mcast-querier.${subnet}`;
}

/**
 * Provider of an interface that a NetworkAttachmentDefinition asks for.
 *
 * @param attachment.isOvn true when the interface is ours, false when we give addresses to another plugin
 * @param attachment.interfaceName set when the same definition is attached more than once by interface requests
 */
export function attachmentProvider(attachment: {
  readonly name: string;
  readonly namespace: string;
  readonly isOvn: boolean;
  readonly interfaceName?: string;
}): string {
  const base = `${attachment.name}.${attachment.namespace}`;
  if (!attachment.isOvn) return base;
  return attachment.interfaceName === undefined ? `${base}.ovn` : `${base}.ovn.${attachment.interfaceName}`;
}

/** True for a provider whose interfaces are ports of ours, false for addresses of another plugin. */
export function isOvnProvider(provider: string): boolean {
  if (provider === '' || provider === DEFAULT_PROVIDER) return true;
  const parts = provider.split('.');
  return parts.length >= 3 && parts[2] === 'ovn';
}
