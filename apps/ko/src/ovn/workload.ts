/** A pod or node as it stands on the command line, and its interface in the network. */
import {
  type AddressPair,
  type Annotation,
  DEFAULT_PROVIDER,
  DEFAULT_VPC,
  type KubeObject,
  nodeAnnotations,
  nodePortName,
  podAnnotations,
  portName,
  resources,
} from '@kube-ovn/api';
import { type KubeClient, KubeError } from '@kube-ovn/kube';
import { KoError } from '../errors.ts';
import type { Entry } from './flow.ts';

/** Its interface, and what lies around it. */
export interface Workload {
  /** `pod shop/web` or `node node1` */
  readonly name: string;
  readonly node: string;
  /** By family; a pod of one family has one. */
  readonly entries: { readonly 4?: Entry; readonly 6?: Entry };
  /** Blocks of its Subnet, and their gateways. */
  readonly blocks: readonly string[];
  readonly router: string;
}

/**
 * @param text `NAMESPACE/POD`, `POD` (namespace default) or `node//NAME`
 * @throws {KoError} KO_USAGE, KO_NOT_FOUND when it is not there, or has no interface of ours
 */
export async function findWorkload(client: KubeClient, text: string): Promise<Workload> {
  const node = /^node\/\/(.+)$/.exec(text)?.[1];
  return node === undefined ? podWorkload(client, text) : nodeWorkload(client, node);
}

async function podWorkload(client: KubeClient, text: string): Promise<Workload> {
  const parts = text.split('/');
  const [namespace, pod] = parts.length === 1 ? ['default', text] : parts;
  if (parts.length > 2 || namespace === undefined || namespace === '' || pod === undefined || pod === '')
    throw new KoError('KO_USAGE', `"${text}": want NAMESPACE/POD, POD or node//NAME`);
  const object = await client.get(resources.pod, `${namespace}/${pod}`).catch(notFound(`pod ${namespace}/${pod}`));
  if (object.spec?.hostNetwork === true)
    throw new KoError('KO_NOT_FOUND', `pod ${namespace}/${pod} is in its node’s own network: ask for node//${object.spec.nodeName ?? ''}`);
  const machine = podAnnotations(DEFAULT_PROVIDER).virtualmachine.read(object);
  const owner = machine.ok ? (machine.value ?? pod) : pod;
  return workloadOf(`pod ${namespace}/${pod}`, object, {
    node: object.spec?.nodeName ?? '',
    port: portName({ pod: owner, namespace }),
    read: podAnnotations(DEFAULT_PROVIDER),
  });
}

async function nodeWorkload(client: KubeClient, node: string): Promise<Workload> {
  const object = await client.get(resources.node, node).catch(notFound(`node ${node}`));
  return workloadOf(`node ${node}`, object, { node, port: nodePortName(node), read: nodeAnnotations });
}

/** Pods and nodes have them alike; a node is always in the default Vpc. */
interface Reader {
  readonly ip_address: Annotation<AddressPair>;
  readonly mac_address: Annotation<string>;
  readonly logical_switch: Annotation<string>;
  readonly cidr: Annotation<AddressPair>;
  readonly logical_router?: Annotation<string>;
}

function workloadOf(
  name: string,
  object: KubeObject,
  { node, port, read }: { readonly node: string; readonly port: string; readonly read: Reader },
): Workload {
  const address = read.ip_address.read(object);
  const mac = read.mac_address.read(object);
  const logicalSwitch = read.logical_switch.read(object);
  const cidr = read.cidr.read(object);
  const router = read.logical_router?.read(object);
  if (
    !address.ok ||
    !mac.ok ||
    !logicalSwitch.ok ||
    address.value === undefined ||
    mac.value === undefined ||
    logicalSwitch.value === undefined
  )
    throw new KoError('KO_NOT_FOUND', `${name} has no address from the network (yet): "kubectl describe" it, its events say why`);
  const entry = (text: string | undefined): Entry | undefined =>
    text === undefined ? undefined : { port, logicalSwitch: logicalSwitch.value ?? '', mac: mac.value ?? '', address: text };
  const [four, six] = [entry(address.value.v4), entry(address.value.v6)];
  return {
    name,
    node,
    entries: { ...(four === undefined ? {} : { 4: four }), ...(six === undefined ? {} : { 6: six }) },
    blocks: cidr.ok && cidr.value !== undefined ? [cidr.value.v4, cidr.value.v6].filter((block) => block !== undefined) : [],
    router: router?.ok === true ? (router.value ?? DEFAULT_VPC) : DEFAULT_VPC,
  };
}

function notFound(what: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof KubeError && error.code === 'KUBE_NOT_FOUND')
      throw new KoError('KO_NOT_FOUND', `there is no ${what}`, { cause: error });
    throw error;
  };
}
