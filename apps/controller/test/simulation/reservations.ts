/** IP objects that users make for pods that are there, come later, or never; with addresses that are free, taken or of no Subnet. */
import { FINALIZER } from '@kube-ovn/api';
import type { FakeObject } from '@kube-ovn/kube/testing';
import { toldAddresses } from './checks.ts';
import { collection, plain, type Workload } from './workload.ts';
import type { World } from './world.ts';

/** Marks those that a user made. */
const MADE = 'test/made-by-user';
const PLACES: readonly object[] = [
  { subnet: 'wide', namespace: 'bank', v4IpAddress: '10.31.0.2' },
  { subnet: 'wide', namespace: 'bank', v4IpAddress: '10.31.0.4', macAddress: '00:00:00:00:31:04' },
  { subnet: 'wide', namespace: 'bank', v4IpAddress: '10.99.0.4', macAddress: '00:00:00:00:99:04' },
  { subnet: 'small', namespace: 'shop', v4IpAddress: '10.30.0.3' },
  { subnet: 'small', namespace: 'shop' },
  { subnet: 'dual', namespace: 'play', v6IpAddress: 'fd00:32::5' },
];

interface Reserved {
  readonly subnet: string;
  readonly namespace: string;
  readonly podName: string;
  readonly v4IpAddress?: string;
  readonly v6IpAddress?: string;
}

function reserve(world: World): void {
  const podName = `p${world.random.between(1, 6)}`;
  const spec = { ...world.random.pick(PLACES), podName } as Reserved;
  const name = `${podName}.${spec.namespace}`;
  const ips = collection(world, 'ips');
  if (ips.get(name) !== undefined) return;
  const metadata = { name, uid: world.random.uuid(), generation: 1, labels: { [MADE]: 'true' } };
  ips.put({ apiVersion: 'kubeovn.io/v1', kind: 'IP', metadata, spec });
}

function giveUp(world: World): void {
  const made = madeByUsers(world);
  const ip = made.length === 0 ? undefined : world.random.pick(made);
  if (ip !== undefined && ip.metadata.deletionTimestamp === undefined) collection(world, 'ips').remove(ip);
}

export const withReservations: Workload = [...plain, [12, reserve], [8, giveUp]];

/**
 * At every moment: what is reserved is told to no pod but the one of that name. An object that was set back reserves nothing that another
 * came to have meanwhile.
 *
 * @throws when it is
 */
export function checkReservations(world: World): void {
  const told = new Map(toldAddresses(world).map(({ address, who }) => [address, who]));
  for (const ip of madeByUsers(world)) {
    const pod = podOf(ip);
    if (world.setBackIps.get(ip.metadata.name)?.metadata.uid === ip.metadata.uid) continue;
    for (const address of isHeld(ip) ? addressesOf(ip) : []) {
      const who = told.get(address);
      if (who !== undefined && who !== pod) throw new Error(`address ${address} is reserved for ${pod} and was given to ${who}`);
    }
  }
}

/**
 * Once all is settled: those that neither have their addresses nor say why not; and those whose pods were told something else. One that
 * was set back bears our finalizer although another has its addresses: it has none if it says so and the other does not.
 */
export function brokenReservations(world: World): readonly string[] {
  const told = new Map(toldAddresses(world).map(({ address, who }) => [`${who} ${address}`, who]));
  const who = new Set(told.values());
  const all = allIps(world);
  return madeByUsers(world).flatMap((ip) => {
    const pod = podOf(ip);
    const others = all.filter(
      (other) => other !== ip && isHeld(other) && addressesOf(other).some((each) => addressesOf(ip).includes(each)),
    );
    const isAnothers = others.some((other) => !isRefused(other));
    const isTold = addressesOf(ip).every((address) => !who.has(pod) || told.has(`${pod} ${address}`));
    const isServed = isHeld(ip) && addressesOf(ip).length > 0 && isTold && !isAnothers;
    return isServed === isRefused(ip) ? [`${ip.metadata.name} ${JSON.stringify({ spec: ip.spec, status: ip.status })}`] : [];
  });
}

function isRefused({ status }: FakeObject): boolean {
  const { conditions = [] } = (status ?? {}) as {
    readonly conditions?: readonly { readonly status: string; readonly message: string }[];
  };
  return conditions.some((condition) => condition.status === 'False' && condition.message !== '');
}

/** Those that no pod has, as lines of the journal's facts. */
export function idleReservations(world: World): ReadonlySet<string> {
  const who = new Set(toldAddresses(world).map((holder) => holder.who));
  const idle = madeByUsers(world).filter((ip) => !who.has(podOf(ip)));
  return new Set(idle.flatMap((ip) => addressesOf(ip).map((address) => `${podOf(ip)} ${address}`)));
}

function madeByUsers(world: World): readonly FakeObject[] {
  return allIps(world).filter(({ metadata }) => metadata.labels?.[MADE] === 'true');
}

function allIps(world: World): readonly FakeObject[] {
  const ips = collection(world, 'ips');
  return ips.keys().map((key) => ips.get(key) as FakeObject);
}

function isHeld({ metadata }: FakeObject): boolean {
  return metadata.finalizers?.includes(FINALIZER) === true;
}

function podOf({ spec }: FakeObject): string {
  const { namespace, podName } = spec as Reserved;
  return `${namespace}/${podName}`;
}

function addressesOf({ spec }: FakeObject): readonly string[] {
  const { v4IpAddress = '', v6IpAddress = '' } = spec as Reserved;
  return [v4IpAddress, v6IpAddress].filter((address) => address !== '');
}
