/**
 * Extra networks of a pod, in Multus's words: the annotation `k8s.v1.cni.cncf.io/networks`.
 * @source Kubernetes Network Custom Resource Definition De-facto Standard, version 1.3, section 4.1
 */
import { LabError } from '../../errors.ts';

export const NETWORKS_ANNOTATION = 'k8s.v1.cni.cncf.io/networks';
/** @source Multus: the network of eth0 instead of the cluster's */
export const DEFAULT_NETWORK_ANNOTATION = 'v1.multus-cni.io/default-network';

/** One element of the annotation. */
export interface NetworkSelection {
  readonly name: string;
  readonly namespace: string;
  /** `net1`, `net2`, ... by position unless requested otherwise */
  readonly interface: string;
  readonly ips?: readonly string[];
  readonly mac?: string;
}

/**
 * Read the annotation: a JSON list, or `<namespace>/<name>@<interface>` separated by commas.
 *
 * @param podNamespace where a network without a namespace is looked for
 * @throws {LabError} LAB_POD naming the annotation, the element and what is allowed
 */
export function parseNetworks(text: string | undefined, podNamespace: string): readonly NetworkSelection[] {
  const trimmed = text?.trim() ?? '';
  if (trimmed === '') return [];
  const elements = trimmed.startsWith('[') ? parseJsonForm(trimmed) : trimmed.split(',').map((element) => parseShortForm(element.trim()));
  const selections = elements.map((element, i) => ({
    ...element,
    namespace: element.namespace ?? podNamespace,
    interface: element.interface ?? `net${i + 1}`,
  }));
  const names = new Set(selections.map((selection) => selection.interface));
  if (names.size !== selections.length || names.has('eth0')) bad(trimmed, "interface names must differ, and eth0 is the cluster network's");
  return selections;
}

type PartialSelection = Pick<NetworkSelection, 'name'> & { namespace?: string; interface?: string; ips?: readonly string[]; mac?: string };

const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const INTERFACE = /^[A-Za-z0-9_.-]{1,15}$/;

function parseShortForm(element: string): PartialSelection {
  const match = /^(?:(?<namespace>[^/@]+)\/)?(?<name>[^/@]+)(?:@(?<ifname>[^/@]+))?$/.exec(element)?.groups;
  const name = match?.['name'];
  if (match === undefined || name === undefined)
    return bad(element, 'want <namespace>/<name>@<interface>, namespace and interface optional');
  const { namespace, ifname } = match;
  return checked({ name, ...(namespace !== undefined && { namespace }), ...(ifname !== undefined && { interface: ifname }) });
}

function parseJsonForm(text: string): readonly PartialSelection[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return bad(text, 'not JSON');
  }
  if (!Array.isArray(parsed)) return bad(text, 'want a JSON list');
  return parsed.map((element: unknown) => {
    if (typeof element !== 'object' || element === null) return bad(JSON.stringify(element), 'want an object with a name');
    const { name, namespace, interface: ifname, ips, mac } = element as Record<string, unknown>;
    if (typeof name !== 'string') return bad(JSON.stringify(element), 'want an object with a name');
    return checked({
      name,
      ...(typeof namespace === 'string' && { namespace }),
      ...(typeof ifname === 'string' && { interface: ifname }),
      ...(Array.isArray(ips) && { ips: ips.map(String) }),
      ...(typeof mac === 'string' && { mac }),
    });
  });
}

function checked(selection: PartialSelection): PartialSelection {
  if (!NAME.test(selection.name)) bad(selection.name, 'want the name of a NetworkAttachmentDefinition');
  if (selection.namespace !== undefined && !NAME.test(selection.namespace)) bad(selection.namespace, 'want the name of a namespace');
  if (selection.interface !== undefined && !INTERFACE.test(selection.interface))
    bad(selection.interface, 'want an interface name of at most 15 letters, digits, "_", "." and "-"');
  return selection;
}

function bad(value: string, wanted: string): never {
  throw new LabError('LAB_POD', `annotation ${NETWORKS_ANNOTATION}: ${JSON.stringify(value)}: ${wanted}`);
}
