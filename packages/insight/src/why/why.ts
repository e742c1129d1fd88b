/**
 * Does this reach that, and if not, which object decides?
 *
 * The way is walked as a packet goes: the sender, the service that it asks, the receiver, the routes between them, the policies of both.
 * It ends at the first thing in the way; a service has a way for each endpoint. Pure: what was gathered at one moment in, an answer out.
 */
import { type Answer, type Culprit, doubtful, isStopped, type Step, stopped, type Way } from './answer.ts';
import { connectionTo, missing, type Target, targetsOf } from './connections.ts';
import { type Party, partyOf } from './ends.ts';
import { describeEnd, type Question } from './question.ts';
import { interfaceSteps } from './steps/interface.ts';
import { policySteps } from './steps/policy.ts';
import { changes, presence, subnetIsSound } from './steps/presence.ts';
import { routeSteps } from './steps/route.ts';
import { traceSteps } from './steps/trace.ts';
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
  const { steps, targets } = targetsOf(question, from, world);
  return answer(
    [...begin, ...steps],
    targets.map((target) => wayTo(from, target, { question, world })),
  );
}

/** From a sender that is there to one receiver. */
function wayTo(from: Party, target: Target, { question, world }: { readonly question: Question; readonly world: World }): Way {
  const { to } = target;
  const there = [...presence(to, world), ...present(subnetIsSound(to))];
  if (isStopped(there)) return { to: to.object, steps: there };
  const connection = connectionTo(from, target, question);
  if (connection === undefined) return { to: to.object, steps: [...there, noFamily(from, to)] };
  const steps = [...there];
  for (const look of [routeSteps, policySteps, traceSteps, interfaceSteps]) {
    steps.push(...look(connection, world));
    if (isStopped(steps)) break;
  }
  return { to: to.object, steps };
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
