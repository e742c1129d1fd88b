/**
 * Services: cluster addresses and node ports are the server's to give.
 *
 * Which ones are taken is read from the stored services themselves, so there is no second book to keep true.
 *
 * @source k8s.io/kubernetes/pkg/registry/core/service/storage (alloc.go)
 */
import type { Address, Prefix } from '@kube-ovn/ipam';
import { firstAddress, formatAddress, parseCidrBlock, prefixContains, readAddress, usableBounds } from '@kube-ovn/ipam';
import type { JsonObject } from '../json.ts';
import { asArray, asObject, asString, asText, at } from '../json.ts';
import type { KubeObject } from '../object.ts';
import type { Strategy, StrategyContext } from '../resource/resource.ts';
import type { FieldError } from '../status.ts';
import { invalid } from '../status.ts';

const resource = { group: '', plural: 'services', kind: 'Service' };
const nodePorts = { first: 30_000, last: 32_767 };
/** how many addresses are tried before the range counts as full */
const searchLimit = 65_536;

/** @param range the service address range, `v4`, `v6` or `v4,v6`; the first family is the primary one */
export function serviceStrategy(range: string): Strategy {
  const prefixes = rangesOf(range);
  return {
    readsOthers: true,
    prepareCreate: (object, context) => ({ ...object, spec: allocate(object, prefixes, context), status: { loadBalancer: {} } }),
    prepareUpdate: (next, before, context) => ({ ...next, spec: allocate(keepAllocated(next, before), prefixes, context) }),
    validateUpdate: (next, before) => (needsAddress(next) && needsAddress(before) ? unchangedAddress(next, before) : []),
  };
}

function rangesOf(range: string): readonly Prefix[] {
  const block = parseCidrBlock(range);
  const found = [block.v4, block.v6].filter((prefix) => prefix !== undefined);
  return range.trim().split(',')[0]?.includes(':') === true ? found.toReversed() : found;
}

function needsAddress(service: KubeObject): boolean {
  return at(service, 'spec', 'type') !== 'ExternalName';
}

/** What an update leaves out of the allocated fields is taken from the stored object. */
function keepAllocated(next: KubeObject, before: KubeObject): KubeObject {
  const spec: Record<string, JsonObject[string]> = { ...asObject(next['spec']) };
  const old = asObject(before['spec']);
  if (!needsAddress(next))
    return {
      ...next,
      spec: Object.fromEntries(
        Object.entries(spec).filter(([key]) => !['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'].includes(key)),
      ),
    };
  if (!needsAddress(before)) return next;
  for (const key of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'healthCheckNodePort'])
    if (old[key] !== undefined) spec[key] ??= old[key];
  const oldPorts = asArray(old['ports']).map(asObject);
  spec['ports'] = asArray(spec['ports']).map((port) => {
    const now = asObject(port);
    const same = oldPorts.find(
      (candidate) => candidate['port'] === now['port'] && (candidate['protocol'] ?? 'TCP') === (now['protocol'] ?? 'TCP'),
    );
    return now['nodePort'] === undefined && same?.['nodePort'] !== undefined ? { ...now, nodePort: same['nodePort'] } : now;
  });
  return { ...next, spec };
}

function unchangedAddress(next: KubeObject, before: KubeObject): FieldError[] {
  const now = asString(at(next, 'spec', 'clusterIP'));
  const old = asString(at(before, 'spec', 'clusterIP'));
  if (old === undefined || old === '' || now === old) return [];
  return [
    { field: 'spec.clusterIPs[0]', reason: 'FieldValueInvalid', message: `Invalid value: ["${now ?? ''}"]: may not change once set` },
  ];
}

function allocate(service: KubeObject, prefixes: readonly Prefix[], context: StrategyContext): JsonObject {
  const spec = asObject(service['spec']);
  if (!needsAddress(service)) return spec;
  const type = asString(spec['type']) ?? 'ClusterIP';
  const ports =
    type === 'ClusterIP' || (type === 'LoadBalancer' && spec['allocateLoadBalancerNodePorts'] === false)
      ? asArray(spec['ports']).map((port) => (type === 'ClusterIP' ? withoutNodePort(asObject(port)) : asObject(port)))
      : givenNodePorts(service, context);
  const families = familiesOf(service, prefixes);
  const policy = spec['ipFamilyPolicy'] ?? (families.length > 1 ? 'RequireDualStack' : 'SingleStack');
  const { healthCheckNodePort: _, ...others } = spec;
  const common = {
    ...others,
    ...healthCheckPort(service, ports, context),
    type,
    ports,
    ipFamilyPolicy: policy,
    ipFamilies: families.map((family) => `IPv${family}`),
  };
  if (spec['clusterIP'] === 'None') return { ...common, clusterIP: 'None', clusterIPs: ['None'] };
  const asked = [asString(spec['clusterIP']) ?? '', ...asArray(spec['clusterIPs']).map(asText)].filter((text) => text !== '');
  const taken = takenAddresses(service, context);
  const addresses = families.map((family) => chooseAddress({ service, family, prefixes, asked, taken }));
  return { ...common, clusterIP: addresses[0] ?? '', clusterIPs: addresses };
}

/** @source core/v1 ServiceSpec.healthCheckNodePort: of a LoadBalancer with the policy Local */
function healthCheckPort(service: KubeObject, ports: readonly unknown[], context: StrategyContext): JsonObject {
  const spec = asObject(service['spec']);
  if (spec['type'] !== 'LoadBalancer' || spec['externalTrafficPolicy'] !== 'Local') return {};
  const given = spec['healthCheckNodePort'];
  if (typeof given === 'number' && given > 0) return { healthCheckNodePort: given };
  const taken = takenNodePorts(service, context);
  for (const port of ports.map((each) => asObject(each as JsonObject))) taken.add(`TCP/${asText(port['nodePort'] ?? '')}`);
  const chosen = freeNodePort(taken, 'TCP');
  return chosen === undefined ? {} : { healthCheckNodePort: chosen };
}

function withoutNodePort(port: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(port).filter(([key]) => key !== 'nodePort'));
}

function familiesOf(service: KubeObject, prefixes: readonly Prefix[]): readonly (4 | 6)[] {
  const spec = asObject(service['spec']);
  const available = prefixes.map((prefix) => prefix.family);
  const asked = asArray(spec['ipFamilies']).map((family) => (family === 'IPv6' ? 6 : 4));
  const name = service.metadata.name ?? '';
  const missing = asked.find((family) => !available.includes(family));
  if (missing !== undefined) {
    throw invalid(resource, name, [
      {
        field: 'spec.ipFamilies[0]',
        reason: 'FieldValueInvalid',
        message: `Invalid value: "IPv${missing}": not configured on this cluster`,
      },
    ]);
  }
  if (spec['ipFamilyPolicy'] === 'RequireDualStack' && available.length < 2) {
    throw invalid(resource, name, [
      {
        field: 'spec.ipFamilyPolicy',
        reason: 'FieldValueInvalid',
        message: 'Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
      },
    ]);
  }
  const wantsBoth = spec['ipFamilyPolicy'] === 'PreferDualStack' || spec['ipFamilyPolicy'] === 'RequireDualStack';
  const addressFamily = readAddress(asString(spec['clusterIP']) ?? '')?.family;
  const first = asked.length > 0 ? asked : [addressFamily ?? available[0] ?? 4];
  return wantsBoth ? [...first, ...available.filter((family) => !first.includes(family))] : first;
}

function takenAddresses(service: KubeObject, context: StrategyContext): ReadonlySet<string> {
  const taken = new Set<string>();
  for (const other of context.all('services')) {
    if (other.metadata.name === service.metadata.name && other.metadata.namespace === service.metadata.namespace) continue;
    for (const address of asArray(at(other, 'spec', 'clusterIPs'))) taken.add(asText(address));
  }
  return taken;
}

interface Choice {
  readonly service: KubeObject;
  readonly family: 4 | 6;
  readonly prefixes: readonly Prefix[];
  readonly asked: readonly string[];
  readonly taken: ReadonlySet<string>;
}

function chooseAddress({ service, family, prefixes, asked, taken }: Choice): string {
  const prefix = prefixes.find((candidate) => candidate.family === family);
  const name = service.metadata.name ?? '';
  const wanted = asked.find((text) => readAddress(text)?.family === family);
  const refuse = (value: string, why: string): never => {
    throw invalid(resource, name, [
      { field: 'spec.clusterIPs', reason: 'FieldValueInvalid', message: `Invalid value: ["${value}"]: ${why}` },
    ]);
  };
  if (prefix === undefined) return refuse(wanted ?? '', `no IPv${family} service range is configured`);
  if (wanted !== undefined) {
    const address = readAddress(wanted);
    if (address === undefined || !prefixContains(prefix, address))
      return refuse(wanted, 'failed to allocate IP: the provided IP is not in the valid range of service addresses');
    return taken.has(formatAddress(address))
      ? refuse(wanted, 'failed to allocate IP: provided IP is already allocated')
      : formatAddress(address);
  }
  const base = firstAddress(prefix);
  // the first ten hosts are left to addresses that people ask for by hand (kubernetes .1, DNS .10)
  for (let offset = 11; offset < searchLimit; offset++) {
    const candidate = plus(base, offset);
    if (candidate.value > usableBounds(prefix).last.value) break;
    const text = formatAddress(candidate);
    if (!taken.has(text)) return text;
  }
  return refuse('', 'failed to allocate IP: the service address range is full');
}

function plus(address: Address, offset: number): Address {
  return address.family === 4 ? { family: 4, value: address.value + offset } : { family: 6, value: address.value + BigInt(offset) };
}

/** `protocol/port` of all other services. */
function takenNodePorts(service: KubeObject, context: StrategyContext): Set<string> {
  const taken = new Set<string>();
  for (const other of context.all('services')) {
    if (other.metadata.name === service.metadata.name && other.metadata.namespace === service.metadata.namespace) continue;
    for (const port of asArray(at(other, 'spec', 'ports')).map(asObject))
      if (port['nodePort'] !== undefined) taken.add(`${asText(port['protocol'] ?? 'TCP')}/${asText(port['nodePort'])}`);
    const healthCheck = at(other, 'spec', 'healthCheckNodePort');
    if (healthCheck !== undefined) taken.add(`TCP/${asText(healthCheck)}`);
  }
  return taken;
}

function givenNodePorts(service: KubeObject, context: StrategyContext): readonly JsonObject[] {
  const taken = takenNodePorts(service, context);
  return asArray(at(service, 'spec', 'ports')).map((value, index) => {
    const port = asObject(value);
    const protocol = asText(port['protocol'] ?? 'TCP');
    const wanted = typeof port['nodePort'] === 'number' && port['nodePort'] > 0 ? port['nodePort'] : undefined;
    const chosen = wanted ?? freeNodePort(taken, protocol);
    const problem = wanted === undefined ? undefined : nodePortProblem(wanted, taken.has(`${protocol}/${wanted}`));
    if (problem !== undefined || chosen === undefined) {
      throw invalid(resource, service.metadata.name ?? '', [
        {
          field: `spec.ports[${index}].nodePort`,
          reason: 'FieldValueInvalid',
          message: `Invalid value: ${String(chosen)}: ${problem ?? 'no node port is free'}`,
        },
      ]);
    }
    taken.add(`${protocol}/${chosen}`);
    return { ...port, nodePort: chosen };
  });
}

function nodePortProblem(port: number, taken: boolean): string | undefined {
  if (port < nodePorts.first || port > nodePorts.last)
    return `provided port is not in the valid range. The range of valid ports is ${nodePorts.first}-${nodePorts.last}`;
  return taken ? 'provided port is already allocated' : undefined;
}

function freeNodePort(taken: ReadonlySet<string>, protocol: string): number | undefined {
  for (let port = nodePorts.first; port <= nodePorts.last; port++) if (!taken.has(`${protocol}/${port}`)) return port;
  return undefined;
}
