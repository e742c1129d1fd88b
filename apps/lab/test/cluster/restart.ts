import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { resources, type KubeObject, type Resource } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import type { Lab, Replica } from '../../src/lab/lab.ts';
import { disagreements, eventually, leader, metric, northboundDump, type LabRef } from './support.ts';

/** What a controller may write to, its lease apart. */
const WATCHED: readonly Resource<KubeObject>[] = [
  resources.subnet,
  resources.vpc,
  resources.ip,
  resources.namespace,
  resources.pod,
  resources.event,
  resources.service,
];

async function versions(lab: Lab): Promise<Readonly<Record<string, string>>> {
  const lists = await Promise.all(WATCHED.map((resource) => lab.client.list(resource)));
  return Object.fromEntries(
    lists.flatMap(({ items }, i) =>
      items.map(({ metadata }) => [`${WATCHED[i]?.plural} ${metadata.namespace ?? ''}/${metadata.name}`, metadata.resourceVersion ?? '']),
    ),
  );
}

/** Events of addresses that were given back come up to a second later. */
function settledVersions(lab: Lab): Promise<Readonly<Record<string, string>>> {
  return eventually('nothing is written any more', async () => {
    const before = await versions(lab);
    await setTimeout(1500);
    const after = await versions(lab);
    return isDeepStrictEqual(before, after) ? after : undefined;
  });
}

/** Stop both controllers, start them, and wait until the one that leads has nothing left to do. */
export async function restartControllers(lab: Lab): Promise<Replica> {
  const { supervisor, replicas } = lab;
  await Promise.all(replicas.map(({ id }) => supervisor.stop(id)));
  await Promise.all(replicas.map(({ spec }) => supervisor.start(spec)));
  const leading = await leader(lab);
  await eventually('the leader is ready', async () => (await fetch(`http://127.0.0.1:${leading.port}/readyz`)).ok);
  await eventually('its queue is empty', async () => (await metric(leading, 'queue_age_seconds')) === 0);
  return leading;
}

/** Line 3: a controller that starts on a settled cluster has nothing to do. */
export function restart(lab: LabRef): void {
  it('both controllers restarted: no OVN operation, no write to any object', async () => {
    expect(await disagreements(lab())).toBe('');
    const before = { northbound: await northboundDump(lab()), objects: await settledVersions(lab()) };
    const leading = await restartControllers(lab());
    expect(await metric(leading, 'ovn_operations_total')).toBe(0);
    expect(await metric(leading, 'ovn_operations_on_resync_total')).toBe(0);
    expect(await northboundDump(lab())).toBe(before.northbound);
    expect(await versions(lab())).toEqual(before.objects);
  }, 90_000);
}
