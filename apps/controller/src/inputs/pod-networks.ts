/**
 * Which interfaces a pod shall have: that of the cluster's network, or of the network that takes its place, and one for each further
 * network whose interface, or whose addresses, are ours to give.
 *
 * An interface that the pod has been told addresses for stays while its runtime says that it is there, and while the pod's wishes can
 * not be understood: what is in use must not be taken away for a slip of the pen.
 *
 * @source Kubernetes Network Custom Resource Definition De-facto Standard v1.3; Kube-OVN, providers of interfaces
 */
import {
  allocatedProviders,
  type AttachmentConfig,
  attachmentProvider,
  DEFAULT_NETWORK_ANNOTATION,
  DEFAULT_PROVIDER,
  describeObject,
  isOvnProvider,
  NETWORKS_ANNOTATION,
  type NetworkSelection,
  type Pod,
  podAnnotations,
  type Problem,
  readAttachedInterfaces,
  readDefaultNetwork,
  readNetworks,
  type Reading,
} from '@kube-ovn/api';
import { problem } from './problem.ts';

/** What a NetworkAttachmentDefinition asks of us, or why that can not be read. */
export type AttachmentReading = Reading<AttachmentConfig>;

/** What a definition says; undefined when there is none of that `namespace/name`. */
export type FindAttachment = (key: string) => AttachmentReading | undefined;

/** An interface that a pod shall have. */
export interface WantedInterface {
  /** Prefix of its annotations, and part of its port's name. */
  readonly provider: string;
  /** Provider that Subnets name for it. */
  readonly network: string;
  /** In the pod; empty when nobody says it any more. */
  readonly name: string;
  /** It is a port of ours; else another plugin makes it and we give it addresses. */
  readonly isOvn: boolean;
  /** The network as it was asked for; undefined for the cluster's own. */
  readonly selection?: NetworkSelection;
  /** The definition is attached more than once. */
  readonly isRepeated: boolean;
}

const FIRST = 'eth0';

/** Networks of a pod, and what is wrong with what it asks for. */
export function wantedInterfaces(
  pod: Pod,
  find: FindAttachment,
): { readonly wanted: readonly WantedInterface[]; readonly problems: readonly Problem[] } {
  const [first, further] = [readDefaultNetwork(pod), readNetworks(pod)];
  const problems = [first, further].flatMap((reading) => (reading.ok ? [] : [reading.problem]));
  const hasOwn = first.ok && first.value === undefined;
  const chosen: Chosen[] = [
    ...(first.ok && first.value !== undefined ? [{ selection: first.value, name: FIRST, field: DEFAULT_NETWORK_ANNOTATION }] : []),
    ...(further.ok ? further.value : []).map((selection, at) => ({
      selection,
      name: selection.interfaceName ?? `net${at + 1}`,
      field: NETWORKS_ANNOTATION,
    })),
  ];
  const names = new Set([FIRST]);
  const resolved = chosen.flatMap((each): Resolved[] => {
    if (each.field === NETWORKS_ANNOTATION && names.has(each.name)) {
      problems.push(nameTaken(pod, each));
      return [];
    }
    names.add(each.name);
    const result = resolve(pod, each, find);
    if (result.ok) return result.value === undefined ? [] : [result.value];
    problems.push(result.problem);
    return [];
  });
  const wanted = [...(hasOwn ? [ownNetwork] : []), ...named(pod, resolved)];
  return { wanted: [...wanted, ...keptInterfaces(pod, wanted, problems.length > 0)], problems };
}

interface Chosen {
  readonly selection: NetworkSelection;
  readonly name: string;
  /** Annotation that asks for it. */
  readonly field: string;
}

interface Resolved extends Chosen {
  readonly network: string;
  readonly isOvn: boolean;
}

const ownNetwork: WantedInterface = {
  provider: DEFAULT_PROVIDER,
  network: DEFAULT_PROVIDER,
  name: FIRST,
  isOvn: true,
  isRepeated: false,
};

/** What a selection comes to; undefined when neither interface nor addresses are ours. */
function resolve(pod: Pod, chosen: Chosen, find: FindAttachment): Reading<Resolved | undefined> {
  const { namespace, name } = chosen.selection;
  const reading = find(`${namespace}/${name}`);
  if (reading === undefined) return { ok: false, problem: unknownNetwork(pod, chosen) };
  if (!reading.ok) return reading;
  const { role, provider } = reading.value;
  if (role === 'none') return { ok: true, value: undefined };
  const isOvn = role === 'interface';
  const wrong = attachmentProblem(chosen.selection, reading.value);
  if (wrong !== undefined) return { ok: false, problem: wrong };
  if (provider === DEFAULT_PROVIDER && chosen.name !== FIRST) return { ok: false, problem: badProvider(chosen.selection, provider, isOvn) };
  return { ok: true, value: { ...chosen, network: provider, isOvn } };
}

/** What is wrong with a definition by itself: its provider is not one of the kind of interface that it makes. */
export function attachmentProblem(
  definition: { readonly namespace: string; readonly name: string },
  { role, provider }: AttachmentConfig,
): Problem | undefined {
  const isOvn = role === 'interface';
  return role === 'none' || isOvn === isOvnProvider(provider) ? undefined : badProvider(definition, provider, isOvn);
}

/**
 * One provider for each interface: the definition's own, with the interface's name behind it when the definition is attached more than
 * once. An interface keeps the provider that it has got, whatever is attached or taken away beside it.
 */
function named(pod: Pod, resolved: readonly Resolved[]): readonly WantedInterface[] {
  const told = new Set(allocatedProviders(pod));
  const counts = new Map<string, number>();
  for (const { network } of resolved) counts.set(network, (counts.get(network) ?? 0) + 1);
  return resolved.map(({ selection, name, network, isOvn }) => {
    const isRepeated = (counts.get(network) ?? 0) > 1;
    const own = `${network}.${name}`;
    const hasPlain = told.has(network) && interfaceOf(pod, network) === name;
    const provider = told.has(own) || (isRepeated && !hasPlain) ? own : network;
    return { provider, network, name, isOvn, selection, isRepeated };
  });
}

/** Interfaces that are in use although nothing that can be understood asks for them. */
function keptInterfaces(pod: Pod, wanted: readonly WantedInterface[], isUnclear: boolean): readonly WantedInterface[] {
  const known = new Set(wanted.map(({ provider }) => provider));
  const attached = readAttachedInterfaces(pod);
  return allocatedProviders(pod).flatMap((provider) => {
    const name = provider === DEFAULT_PROVIDER ? FIRST : interfaceOf(pod, provider);
    if (known.has(provider) || !(isUnclear || attached === undefined || attached.has(name))) return [];
    return [{ provider, network: provider, name, isOvn: isOvnProvider(provider), isRepeated: false }];
  });
}

function interfaceOf(pod: Pod, provider: string): string {
  const reading = podAnnotations(provider).interface.read(pod);
  return (reading.ok ? reading.value : undefined) ?? '';
}

function unknownNetwork(pod: Pod, { selection, field }: Chosen): Problem {
  return problem('POD_UNKNOWN_NETWORK', {
    object: describeObject(pod, 'Pod'),
    field: `metadata.annotations[${field}]`,
    value: `${selection.namespace}/${selection.name}`,
    what: 'is no NetworkAttachmentDefinition',
    hint: 'create it, or name one that is there',
  });
}

function nameTaken(pod: Pod, { name, field }: Chosen): Problem {
  return problem('POD_INTERFACE_TAKEN', {
    object: describeObject(pod, 'Pod'),
    field: `metadata.annotations[${field}]`,
    value: name,
    what: 'names two interfaces of the pod',
    hint: 'give each network another interface; eth0 is the first one',
  });
}

function badProvider({ namespace, name }: Pick<NetworkSelection, 'namespace' | 'name'>, provider: string, isOvn: boolean): Problem {
  return problem('NETWORK_BAD_PROVIDER', {
    object: `NetworkAttachmentDefinition ${namespace}/${name}`,
    field: isOvn ? 'spec.config provider' : 'spec.config ipam.provider',
    value: provider,
    what: isOvn ? 'can not be the provider of an interface of ours' : 'can not be the provider of addresses for another plugin',
    hint: `write "${attachmentProvider({ name, namespace, isOvn })}"`,
  });
}
