/** SwitchLBRule → the service that it is: one whose address is an address of a Subnet. For load balancers in OVN, and on the nodes. */
import { canonicalAddress, readAddress } from '@kube-ovn/ipam';
import { parseAddressPair } from '../annotations/codecs.ts';
import type { SwitchLBRule } from '../crds/lb-rules.ts';
import { problem, type Problem } from '../problem.ts';
import { STICKY_SECONDS, type ServiceAddress, type ServiceInput, type ServicePortInput, type TransportProtocol } from './service.ts';

/** A port of a rule. */
export interface RulePort extends ServicePortInput {
  /** Of the backends. */
  readonly targetPort: number;
}

/** A rule that can be acted upon. */
export interface SwitchLbRuleInput {
  readonly name: string;
  /** Of the backends, and of the Service that stands for the rule. */
  readonly namespace: string;
  /** Name of that Service. @source Kube-OVN, SwitchLBRule status.service */
  readonly serviceName: string;
  /** As what its load balancers are made of; its key is the Service's. */
  readonly service: ServiceInput;
  readonly selector: Readonly<Record<string, string>>;
  /** Backends by address; when there are any, the selector does not count. */
  readonly endpoints: readonly ServiceAddress[];
  readonly ports: readonly RulePort[];
  /** Backends are asked whether they live. */
  readonly isProbed: boolean;
}

export type SwitchLbRuleReading =
  | { readonly ok: true; readonly value: SwitchLbRuleInput }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const PROTOCOLS: Readonly<Record<string, TransportProtocol>> = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' };
const MAX_PORT = 65_535;
/** @source Kube-OVN, annotation of Services */
const HEALTH_CHECK = 'ovn.kubernetes.io/service_health_check';
/** A namespaced name, as the API server takes it for a port. @source RFC 6335 §5.1 */
const PORT_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** @source Kubernetes: names of Services are DNS labels (RFC 1035) */
const MAX_SERVICE_NAME = 63;

/** Read one rule, or say all that is wrong with it. @source Kube-OVN SwitchLBRule.spec */
export function readSwitchLbRule({ metadata, spec }: SwitchLBRule): SwitchLbRuleReading {
  const problems: Problem[] = [];
  const bad: Complain = (field, value, hint) => {
    problems.push(problem({ code: 'API_BAD_FIELD', object: `SwitchLBRule ${metadata.name}`, field: `spec.${field}`, value, hint }));
  };
  const { name } = metadata;
  const serviceName = `slr-${name}`;
  if (serviceName.length > MAX_SERVICE_NAME || name.includes('.'))
    bad(
      'name',
      name,
      `the Service ${serviceName} is named after it; choose a name without dots, of at most ${MAX_SERVICE_NAME - 4} characters`,
    );
  const clusterIps = readVip(spec.vip ?? '', bad);
  const endpoints = readEndpoints(spec.endpoints ?? [], { vips: clusterIps, bad });
  const selector = readSelector(spec.selector ?? [], bad);
  if (endpoints.length === 0 && Object.keys(selector).length === 0 && problems.length === 0)
    bad('selector', '', 'name labels of the backends as "key:value", or their addresses in spec.endpoints');
  const ports = readPorts(spec.ports ?? [], bad);
  const { sessionAffinity = '' } = spec;
  if (!['', 'None', 'ClientIP'].includes(sessionAffinity)) bad('sessionAffinity', sessionAffinity, 'write ClientIP or None');
  if (problems.length > 0) return { ok: false, problems };
  const namespace = (spec.namespace ?? '') === '' ? 'default' : (spec.namespace ?? '');
  const service: ServiceInput = {
    key: `${namespace}/${serviceName}`,
    clusterIps,
    externalIps: [],
    ports: ports.map(({ name: portName, protocol, port }) => ({ name: portName, protocol, port })),
    ...(sessionAffinity === 'ClientIP' && { stickySeconds: STICKY_SECONDS }),
    isInternalLocal: false,
    isExternalLocal: false,
  };
  const isProbed = metadata.annotations?.[HEALTH_CHECK] !== 'false';
  return { ok: true, value: { name, namespace, serviceName, service, selector, endpoints, ports, isProbed } };
}

type Complain = (field: string, value: string, hint: string) => void;

function readVip(text: string, bad: Complain): readonly ServiceAddress[] {
  const pair = parseAddressPair(text);
  if (pair === undefined) {
    bad('vip', text, 'write an IPv4 address, an IPv6 address, or both as "v4,v6"');
    return [];
  }
  return [
    ...(pair.v4 === undefined ? [] : [{ family: 4, address: pair.v4 } as const]),
    ...(pair.v6 === undefined ? [] : [{ family: 6, address: pair.v6 } as const]),
  ];
}

function readEndpoints(
  texts: readonly string[],
  { vips, bad }: { readonly vips: readonly ServiceAddress[]; readonly bad: Complain },
): readonly ServiceAddress[] {
  return texts.flatMap((text, index) => {
    const [address, family] = [canonicalAddress(text), readAddress(text)?.family];
    if (address === undefined || family === undefined) bad(`endpoints[${index}]`, text, 'write one address, without a port');
    else if (vips.some((vip) => vip.address === address))
      bad(`endpoints[${index}]`, text, 'it is the rule’s own vip; name another backend');
    else return [{ family, address }];
    return [];
  });
}

/** @source Kube-OVN: `key:value` */
function readSelector(texts: readonly string[], bad: Complain): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.flatMap((text, index) => {
      const at = text.indexOf(':');
      const [key, value] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
      if (at > 0 && key !== '') return [[key, value] as const];
      bad(`selector[${index}]`, text, 'write a label as "key:value"');
      return [];
    }),
  );
}

function readPorts(
  ports: readonly {
    readonly name?: string | undefined;
    readonly port?: number | undefined;
    readonly targetPort?: number | undefined;
    readonly protocol?: string | undefined;
  }[],
  bad: Complain,
): readonly RulePort[] {
  if (ports.length === 0) bad('ports', '', 'name at least one port');
  const seen = new Set<string>();
  return ports.flatMap(({ name = '', port = 0, targetPort = port, protocol: text = '' }, index) => {
    const field = `ports[${index}]`;
    const protocol = PROTOCOLS[(text === '' ? 'TCP' : text).toUpperCase()];
    const number = isPort(port);
    const target = isPort(targetPort);
    if (protocol === undefined) bad(`${field}.protocol`, text, 'write TCP, UDP or SCTP');
    if (!number) bad(`${field}.port`, String(port), `write a number from 1 to ${MAX_PORT}`);
    if (!target) bad(`${field}.targetPort`, String(targetPort), `write a number from 1 to ${MAX_PORT}`);
    const isNamed = PORT_NAME.test(name) || (name === '' && ports.length === 1);
    if (!isNamed) bad(`${field}.name`, name, 'write a name of small letters, digits and hyphens; several ports need one each');
    const twin = [`${protocol} ${port}`, `name ${name}`].find((key) => seen.has(key));
    if (twin !== undefined) bad(field, twin, 'it is there twice; leave one of them out');
    for (const key of [`${protocol} ${port}`, `name ${name}`]) seen.add(key);
    return protocol !== undefined && number && target ? [{ name, protocol, port, targetPort }] : [];
  });
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= MAX_PORT;
}
