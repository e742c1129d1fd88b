/** From a service to the endpoints that it sends to. Pure. */
import {
  type Backend,
  chooseBackends,
  readService,
  readSlice,
  type Service,
  type ServiceInput,
  type ServicePortInput,
  type SliceInput,
} from '@kube-ovn/api';
import { passed, type Step, stopped } from '../answer.ts';
import { isIn } from '../blocks.ts';
import type { Party } from '../ends.ts';
import type { Question } from '../question.ts';
import type { World } from '../world.ts';

/** By which of its addresses a service is asked. */
export type Door =
  | { readonly kind: 'inside' }
  | { readonly kind: 'outside'; readonly address: string }
  /** A port of a node. */
  | { readonly kind: 'node'; readonly node: string };

/** A Service, or a SwitchLBRule. */
export interface AskedService {
  readonly object: string;
  /** `namespace/name` that its EndpointSlices name. */
  readonly key: string;
  /** Absent: it has no address of its own. */
  readonly input?: ServiceInput;
  readonly selector: Readonly<Record<string, string>>;
  /** Of the type ExternalName. */
  readonly externalName?: string;
  /** Only DNS knows it: who asks, asks an endpoint. */
  readonly isHeadless?: boolean;
  readonly door: Door;
}

export interface Resolution {
  readonly steps: readonly Step[];
  readonly backends: readonly Backend[];
}

interface Asked {
  readonly question: Pick<Question, 'protocol' | 'port'>;
  readonly from: Party;
  readonly family: 4 | 6;
}

export function askedService(service: Service, door: Door): AskedService {
  const { metadata, spec } = service;
  const key = `${metadata.namespace ?? ''}/${metadata.name}`;
  const input = readService(service);
  return {
    object: `Service ${key}`,
    key,
    selector: spec?.selector ?? {},
    door,
    ...(input === undefined ? {} : { input }),
    ...(spec?.type === 'ExternalName' ? { externalName: spec.externalName ?? '' } : {}),
    ...(spec?.clusterIP === 'None' ? { isHeadless: true } : {}),
  };
}

export function resolveService(service: AskedService, asked: Asked, world: World): Resolution {
  const { object, key, input, externalName, isHeadless = false } = service;
  const slices = world.slices.flatMap((slice) => readSlice(slice) ?? []).filter((slice) => slice.service === key);
  if (externalName !== undefined)
    return end(
      stopped({
        code: 'SERVICE_EXTERNAL_NAME',
        object,
        message: `is a name for ${externalName}, outside of the network`,
        fix: `ask for ${externalName === '' ? 'that name' : externalName}`,
      }),
    );
  if (isHeadless) return headless(service, asked, slices);
  const { protocol, port: number } = asked.question;
  const isNode = service.door.kind === 'node';
  const port = input?.ports.find((one) => (isNode ? one.nodePort : one.port) === number && one.protocol === protocol.toLowerCase());
  if (input === undefined || port === undefined) return end(noPort(service, asked.question));
  const refused = sourceRefused(service, input, asked.from);
  if (refused !== undefined) return end(refused);
  const all = chooseBackends({ port, family: asked.family }, slices);
  if (all.length === 0) return end(nobody(service, slices));
  return nearBy(service, input, { asked, port, slices, all });
}

function end(step: Step): Resolution {
  return { steps: [step], backends: [] };
}

/** Endpoints are asked at their own ports. */
function headless(service: AskedService, { question, family }: Asked, slices: readonly SliceInput[]): Resolution {
  const { port } = question;
  const addresses = slices
    .filter((slice) => slice.family === family)
    .flatMap(({ endpoints }) => endpoints.flatMap(({ address, isReady }) => (isReady ? [address] : [])));
  if (addresses.length === 0) return end(nobody(service, slices));
  const steps = [passed(service.object, `is headless: its name stands for ${count(addresses.length)}, asked at their own ports`)];
  return { steps, backends: [...new Set(addresses)].map((address) => ({ address, port: port ?? 0 })) };
}

/** @source core/v1 ServiceSpec.loadBalancerSourceRanges: for clients from outside, at addresses that a load balancer has given */
function sourceRefused({ object, door }: AskedService, { sourceRanges, restrictedIps = [] }: ServiceInput, from: Party): Step | undefined {
  if (door.kind !== 'outside' || sourceRanges === undefined || from.pod !== undefined || from.node !== undefined) return undefined;
  const source = from.addresses[door.address.includes(':') ? 6 : 4];
  const ranges = sourceRanges.map(({ address }) => address);
  if (source === undefined || !restrictedIps.some(({ address }) => address === door.address) || isIn(ranges, source)) return undefined;
  return stopped({
    code: 'SOURCE_NOT_ALLOWED',
    object,
    message: `lets ${ranges.join(', ')} ask at ${door.address}, and ${source} is not among them (spec.loadBalancerSourceRanges)`,
    fix: `add the client’s block to spec.loadBalancerSourceRanges, or empty it`,
  });
}

function nearBy(
  { object, door }: AskedService,
  { isInternalLocal, isExternalLocal }: ServiceInput,
  {
    asked,
    port,
    slices,
    all,
  }: {
    readonly asked: Asked;
    readonly port: ServicePortInput;
    readonly slices: readonly SliceInput[];
    readonly all: readonly Backend[];
  },
): Resolution {
  const isNode = door.kind === 'node';
  const node = isNode ? door.node : asked.from.node?.metadata.name;
  const policy = isNode ? 'externalTrafficPolicy' : 'internalTrafficPolicy';
  const isLocal = isNode ? isExternalLocal : door.kind === 'inside' && isInternalLocal;
  const at = isNode ? `port ${port.protocol.toUpperCase()}/${port.nodePort ?? ''} of nodes` : describePort(port);
  if (!isLocal || node === undefined) return { steps: [passed(object, `${at} has ${count(all.length)}`)], backends: all };
  const near = chooseBackends({ port, family: asked.family, node }, slices);
  if (near.length > 0)
    return { steps: [passed(object, `${at} has ${count(near.length)} on ${node}, and ${policy} is Local`)], backends: near };
  return end(
    stopped({
      code: 'SERVICE_NONE_NEAR',
      object,
      message: `${policy} is Local, and none of its ${count(all.length)} is on ${node}`,
      fix: `run one there, ${isNode ? 'ask a node that has one, ' : ''}or set spec.${policy} to Cluster`,
    }),
  );
}

function noPort({ object, input }: AskedService, { protocol, port }: Pick<Question, 'protocol' | 'port'>): Step {
  const ports = (input?.ports ?? []).map((one) => `${one.protocol.toUpperCase()}/${one.port}`).join(', ') || 'none';
  const what = port === undefined ? 'answers no ping: it has ports only' : `has no port ${protocol}/${port}`;
  return stopped({
    code: 'SERVICE_NO_PORT',
    object,
    message: `${what}; it has ${ports}`,
    fix: port === undefined ? 'give the port, e.g. 80' : 'ask for one of these, or add it to spec.ports',
  });
}

function nobody({ object, selector }: AskedService, slices: readonly SliceInput[]): Step {
  const known = slices.flatMap(({ endpoints }) => endpoints).length;
  if (known > 0)
    return stopped({
      code: 'SERVICE_NOT_READY',
      object,
      message: `none of its ${count(known)} is ready`,
      fix: 'kubectl describe the pods: their readiness probes say why',
    });
  const labels = Object.entries(selector).map(([label, value]) => `${label}=${value}`);
  const isByHand = labels.length === 0;
  return stopped({
    code: 'SERVICE_NO_ENDPOINTS',
    object,
    message: isByHand
      ? 'has no selector, and nobody has written an EndpointSlice for it'
      : `no pod of its namespace has ${labels.join(', ')}`,
    fix: isByHand
      ? 'write an EndpointSlice with the label kubernetes.io/service-name'
      : 'compare spec.selector with the labels of the pods',
  });
}

function describePort({ protocol, port }: ServicePortInput): string {
  return `port ${protocol.toUpperCase()}/${port}`;
}

function count(number: number): string {
  return number === 1 ? '1 endpoint' : `${number} endpoints`;
}
