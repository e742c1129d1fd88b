/** Whom a question leads to: a pod, a node or the outside; a service to each of its endpoints. Pure. */
import { canonicalAddress } from '@kube-ovn/ipam';
import { readService, readSwitchLbRule } from '@kube-ovn/api';
import { isStopped, type Step, stopped } from './answer.ts';
import { addressParty, type Party, partyOf } from './ends.ts';
import { describeEnd, type End, type Question } from './question.ts';
import { askedService, type AskedService, resolveService } from './steps/service.ts';
import type { World } from './world.ts';

/** From a sender that is there to one receiver, in a family that both have. */
export interface Connection {
  readonly from: Party;
  readonly to: Party;
  readonly family: 4 | 6;
  readonly protocol: Question['protocol'];
  readonly port?: number;
}

/** Whom a sender asks. */
export interface Target {
  readonly to: Party;
  readonly port?: number;
}

export interface Targets {
  /** What is common to all of them: the service that stands before them. */
  readonly steps: readonly Step[];
  readonly targets: readonly Target[];
}

/** @returns the connections to be looked at more closely; none when the question ends before */
export function connectionsOf(question: Question, world: World): readonly Connection[] {
  const from = partyOf(question.from, world);
  if (from === undefined) return [];
  const { steps, targets } = targetsOf(question, from, world);
  if (isStopped(steps)) return [];
  return targets.flatMap((target) => connectionTo(from, target, question) ?? []);
}

export function connectionTo(from: Party, { to, port }: Target, { protocol }: Pick<Question, 'protocol'>): Connection | undefined {
  const family = ([4, 6] as const).find((one) => from.addresses[one] !== undefined && to.addresses[one] !== undefined);
  return family === undefined ? undefined : { from, to, family, protocol, ...(port === undefined ? {} : { port }) };
}

/** Under which a connection is found among what was looked at. */
export function connectionKey({ from, to, family, protocol, port }: Connection): string {
  return [from.port ?? from.object, to.addresses[family], protocol, port ?? ''].join(' ');
}

export function targetsOf(question: Question, from: Party, world: World): Targets {
  const service = serviceOf(question, world);
  if (service !== undefined) {
    const { steps, backends } = resolveService(service, { question, from, family: familyFor(from, question.to) }, world);
    return { steps, targets: backends.map(({ address, port }) => ({ to: addressParty(address, world), port })) };
  }
  const to = partyOf(question.to, world);
  if (to === undefined) return { steps: [missing(question.to)], targets: [] };
  return { steps: [], targets: [{ to, ...(question.port === undefined ? {} : { port: question.port }) }] };
}

/** The service that is meant: by its name, by an address of its own, or by a port of a node. */
function serviceOf({ to, port, protocol }: Question, world: World): AskedService | undefined {
  const { services } = world;
  if (to.kind === 'service') {
    const service = services.find(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}` === to.key);
    return service === undefined ? undefined : askedService(service, { kind: 'inside' });
  }
  if (to.kind !== 'address' && to.kind !== 'node') return undefined;
  if (to.kind === 'address') {
    const byAddress = serviceAt(to.address, world);
    if (byAddress !== undefined) return byAddress;
  }
  const party = partyOf(to, world);
  const node = party?.pod === undefined ? party?.node?.metadata.name : undefined;
  if (node === undefined || port === undefined) return undefined;
  const open = services.find((one) =>
    readService(one)?.ports.some((each) => each.nodePort === port && each.protocol === protocol.toLowerCase()),
  );
  return open === undefined ? undefined : askedService(open, { kind: 'node', node });
}

function serviceAt(address: string, { services, switchLbRules }: World): AskedService | undefined {
  const holds = (texts: readonly (string | undefined)[]): boolean =>
    texts.some((text) => text !== undefined && canonicalAddress(text) === address);
  const inside = services.find(({ spec }) => holds(spec?.clusterIPs ?? [spec?.clusterIP]));
  if (inside !== undefined) return askedService(inside, { kind: 'inside' });
  const outside = services.find(({ spec, status }) =>
    holds([...(spec?.externalIPs ?? []), ...(status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip)]),
  );
  if (outside !== undefined) return askedService(outside, { kind: 'outside', address });
  for (const rule of switchLbRules) {
    const reading = readSwitchLbRule(rule);
    if (!reading.ok || !holds(reading.value.service.clusterIps.map((one) => one.address))) continue;
    const { service: input, selector } = reading.value;
    return { object: `SwitchLBRule ${rule.metadata.name}`, key: input.key, input, selector, door: { kind: 'inside' } };
  }
  return undefined;
}

function familyFor(from: Party, to: End): 4 | 6 {
  if (to.kind === 'address') return to.address.includes(':') ? 6 : 4;
  return from.addresses[4] === undefined ? 6 : 4;
}

export function missing(end: End): Step {
  if (end.kind === 'name')
    return stopped({
      code: 'NAME_UNKNOWN',
      object: end.name,
      message: 'no such name was found in DNS',
      fix: 'look it up from the pod: kubectl exec ... -- getent hosts',
    });
  return stopped({ code: 'NOT_THERE', object: describeEnd(end), message: 'is not there', fix: 'check the namespace and the name' });
}
