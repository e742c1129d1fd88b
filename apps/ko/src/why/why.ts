/**
 * Does this reach that, and if not, which object decides?
 *
 * The way is walked as a packet goes: the sender, the service that it asks, the receiver, the routes between them, the policies of both.
 * It ends at the first thing in the way; a service has a way for each endpoint. Pure: what was gathered at one moment in, an answer out.
 */
import { canonicalAddress } from '@kube-ovn/ipam';
import type { Service } from '@kube-ovn/api';
import { type Answer, type Culprit, doubtful, isStopped, type Step, stopped, type Way } from './answer.ts';
import { addressParty, type Party, partyOf } from './ends.ts';
import { describeEnd, type End, type Question } from './question.ts';
import { policySteps } from './steps/policy.ts';
import { changes, presence, subnetIsSound } from './steps/presence.ts';
import { routeSteps } from './steps/route.ts';
import { resolveService } from './steps/service.ts';
import type { World } from './world.ts';

export function why(question: Question, world: World): Answer {
  const from = partyOf(question.from, world);
  const answer = (steps: readonly Step[], ways: readonly Way[]): Answer => ({
    from: describeEnd(question.from),
    to: describeEnd(question.to),
    ...verdictOf(steps, ways),
    steps,
    ways,
    unseen: [],
  });
  if (from === undefined) return answer([missing(question.from)], []);
  const begin = [...presence(from, world), ...present(subnetIsSound(from)), ...present(northd(world))];
  if (isStopped(begin)) return answer(begin, []);
  const service = serviceOf(question.to, world);
  if (service !== undefined) {
    const { steps, backends } = resolveService(service, { question, from, family: familyFor(from, question.to) }, world);
    const ways = backends.map(({ address, port }) => wayTo(from, addressParty(address, world), { ...question, port }, world));
    return answer([...begin, ...steps], ways);
  }
  const to = partyOf(question.to, world);
  if (to === undefined) return answer([...begin, missing(question.to)], []);
  return answer(begin, [wayTo(from, to, question, world)]);
}

/** From a sender that is there to one receiver. */
function wayTo(from: Party, to: Party, { protocol, port }: Pick<Question, 'protocol' | 'port'>, world: World): Way {
  const family = ([4, 6] as const).find((one) => from.addresses[one] !== undefined && to.addresses[one] !== undefined);
  const there = [...presence(to, world), ...present(subnetIsSound(to))];
  if (isStopped(there)) return { to: to.object, steps: there };
  if (family === undefined) return { to: to.object, steps: [...there, noFamily(from, to)] };
  const connection = { from, to, family, protocol, ...(port === undefined ? {} : { port }) };
  const routes = routeSteps(connection, world);
  return { to: to.object, steps: [...there, ...routes, ...(isStopped(routes) ? [] : policySteps(connection, world))] };
}

function noFamily(from: Party, to: Party): Step {
  const families = ({ addresses }: Party): string =>
    [addresses[4] && 'IPv4', addresses[6] && 'IPv6'].filter(Boolean).join(' and ') || 'no address';
  return stopped({
    code: 'NO_COMMON_FAMILY',
    object: to.object,
    message: `has ${families(to)}, and ${from.object} has ${families(from)}`,
    fix: 'give both Subnets a block of the same family',
  });
}

/** The service that is meant: by its name, or by an address of its own. */
function serviceOf(end: End, { services }: World): Service | undefined {
  if (end.kind === 'service') return services.find(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}` === end.key);
  if (end.kind !== 'address') return undefined;
  return services.find(({ spec, status }) =>
    [
      ...(spec?.clusterIPs ?? [spec?.clusterIP]),
      ...(spec?.externalIPs ?? []),
      ...(status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip),
    ].some((text) => text !== undefined && canonicalAddress(text) === end.address),
  );
}

function familyFor(from: Party, to: End): 4 | 6 {
  if (to.kind === 'address') return to.address.includes(':') ? 6 : 4;
  return from.addresses[4] === undefined ? 6 : 4;
}

function missing(end: End): Step {
  if (end.kind === 'name')
    return stopped({
      code: 'NAME_UNKNOWN',
      object: end.name,
      message: 'no such name was found in DNS',
      fix: 'look it up from the pod: kubectl exec ... -- getent hosts',
    });
  return stopped({ code: 'NOT_THERE', object: describeEnd(end), message: 'is not there', fix: 'check the namespace and the name' });
}

function northd({ ovn }: World): Step | undefined {
  if (ovn === undefined || ovn.northdBehind === 0) return undefined;
  return doubtful({
    code: 'NORTHD_BEHIND',
    object: 'ovn-northd',
    message: `has not taken in the last ${changes(ovn.northdBehind)} of the Northbound database: it stands still or is not there`,
    fix: 'restart ovn-northd; ko nb status says whether its database has a leader',
  });
}

function verdictOf(steps: readonly Step[], ways: readonly Way[]): Pick<Answer, 'reaches' | 'culprits'> {
  const found = [...steps, ...ways.flatMap((way) => way.steps)].flatMap(({ culprit }) => culprit ?? []);
  const culprits = [
    ...new Map(found.map((culprit: Culprit) => [`${culprit.code} ${culprit.object} ${culprit.message}`, culprit])).values(),
  ];
  const open = ways.filter((way) => !isStopped(way.steps)).length;
  const isAll = open === ways.length && found.length === 0;
  const reaches = isStopped(steps) || open === 0 ? 'none' : isAll ? 'all' : open < ways.length ? 'some' : 'doubtful';
  return { reaches, culprits: culprits.toSorted((a, b) => Number(a.isDoubt ?? false) - Number(b.isDoubt ?? false)) };
}

function present(step: Step | undefined): readonly Step[] {
  return step === undefined ? [] : [step];
}
