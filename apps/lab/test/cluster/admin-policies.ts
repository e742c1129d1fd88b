import { join } from 'node:path';
import { resources, type KubeObject, type NetworkPolicy } from '@kube-ovn/api';
import { afterAll, afterEach, expect, it } from 'vitest';
import { outsideAddresses } from '../../src/infra/layout.ts';
import { applyDefinitions, applyManifests, deleteManifests, keyOf, readManifests, resourceOf } from '../../src/lab/manifests.ts';
import { observeFrom } from '../../src/matrix/measure.ts';
import { restartControllers } from './restart.ts';
import { netnsOf, becomesReady, eventsOf, eventually, kubectl, namespaceObject, removeNamespaces, type LabRef } from './support.ts';

const CRDS = join(import.meta.dirname, '../../../../packages/api/crds/network-policy-api');
const MANIFEST = join(import.meta.dirname, '../../../../docs/features/admin-policies.yaml');
const GROUP = 'policy.networking.k8s.io';
const NAMESPACES = ['adm-shop', 'adm-street'];
const PODS = { server: ['shop', 'node1'], friend: ['shop', 'node2'], stranger: ['street', 'node3'] } as const;
type Name = keyof typeof PODS;
/** What is not answered in this time was dropped; an allowed one that was late is asked again by `eventually`. */
const PATIENCE = { tries: 1, timeoutMs: 700 };
const EVERY = ['tcp4', 'tcp6', 'udp4', 'udp6'];

const shop = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'adm-shop' } }, podSelector: {} };
const subject = { pods: shop };
const street = { namespaces: { matchLabels: { 'kubernetes.io/metadata.name': 'adm-street' } } };
const everybody = { namespaces: {} };

const adminPolicy = (name: string, priority: number, ingress: readonly object[]) =>
  ({ apiVersion: `${GROUP}/v1alpha1`, kind: 'AdminNetworkPolicy', metadata: { name }, spec: { priority, subject, ingress } }) as KubeObject;
const clusterPolicy = (name: string, tier: string, ingress: readonly object[], priority = 10) =>
  ({
    apiVersion: `${GROUP}/v1alpha2`,
    kind: 'ClusterNetworkPolicy',
    metadata: { name },
    spec: { tier, priority, subject, ingress },
  }) as KubeObject;
const baseline = {
  apiVersion: `${GROUP}/v1alpha1`,
  kind: 'BaselineAdminNetworkPolicy',
  metadata: { name: 'default' },
  spec: { subject, ingress: [{ action: 'Deny', from: [everybody] }] },
} as KubeObject;
/** Who may reach the pods of the shop, as its own people say. */
const networkPolicy = (from: readonly object[]): NetworkPolicy => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'own', namespace: 'adm-shop' },
  spec: { podSelector: {}, ingress: from.length === 0 ? [] : [{ from }] },
});

const all = { friend: EVERY, stranger: EVERY };
const nobody = { friend: [], stranger: [] };
const friendAlone = { friend: EVERY, stranger: [] };
const strangerAlone = { friend: [], stranger: EVERY };

interface End {
  readonly netns: string;
  readonly addresses: readonly string[];
}

/** What of each protocol and family a server answers. */
async function answersTo(from: End | undefined, addresses: readonly string[]): Promise<readonly string[]> {
  const checks = addresses.flatMap((address) =>
    (['tcp', 'udp'] as const).map((protocol) => ({
      id: `${protocol}${address.includes(':') ? 6 : 4}`,
      protocol,
      address,
      port: protocol === 'tcp' ? 8080 : 8081,
      ask: 'hostname',
      patience: PATIENCE,
    })),
  );
  return (await observeFrom({ netns: from?.netns ?? '' }, checks)).flatMap(({ id, ok }) => (ok ? [id] : [])).toSorted();
}

/** docs/features/network-policies.md, "Policies of administrators", with packets; the lab starts without these kinds. */
export function adminPolicies(lab: LabRef): void {
  const ends = new Map<Name, End>();
  let applied: readonly KubeObject[] = [];
  const apply = async (policies: readonly KubeObject[]): Promise<void> => {
    applied = policies;
    await applyManifests(lab().client, policies);
  };
  // What a failed test leaves behind would fail the next one.
  afterEach(async () => {
    await deleteManifests(lab().client, applied);
    applied = [];
  });
  afterAll(async () => {
    await removeNamespaces(lab(), NAMESPACES);
  }, 60_000);

  const endOf = async (namespace: string, name: string): Promise<End> => {
    const pod = await becomesReady(lab(), { namespace, name });
    return { netns: netnsOf(lab(), pod), addresses: (pod.status?.podIPs ?? []).map(({ ip }) => ip) };
  };
  /** What the server answers, by who asks. */
  const answered = async (): Promise<Readonly<Record<string, readonly string[]>>> => {
    const addresses = ends.get('server')?.addresses ?? [];
    const [friend, stranger] = await Promise.all([answersTo(ends.get('friend'), addresses), answersTo(ends.get('stranger'), addresses)]);
    return { friend, stranger };
  };
  const passes = async (want: Readonly<Record<string, readonly string[]>>): Promise<void> => {
    await eventually('packets as wanted', async () => JSON.stringify(await answered()) === JSON.stringify(want), 15_000).catch(async () => {
      expect(await answered()).toEqual(want);
    });
  };

  it('a cluster gets these kinds while the controller runs', async () => {
    const { client } = lab();
    for (const name of NAMESPACES) await client.create(resources.namespace, namespaceObject(name));
    for (const [name, [place, nodeName]] of Object.entries(PODS))
      await client.create(resources.pod, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: `adm-${place}` },
        spec: { nodeName, terminationGracePeriodSeconds: 1, containers: [{ name: 'server', image: 'agnhost', args: ['netexec'] }] },
      } as KubeObject);
    for (const [name, [place]] of Object.entries(PODS)) ends.set(name as Name, await endOf(`adm-${place}`, name));
    await applyDefinitions(client, readManifests(CRDS));
    await passes(all);
    const policy = adminPolicy('first', 5, [{ action: 'Deny', from: [street] }]);
    await apply([policy]);
    await passes(friendAlone);
    await client.delete(resourceOf(policy), 'first');
    await passes(all);
    expect(await answered()).toEqual(all);
  }, 90_000);

  it.each([
    {
      what: 'an admin deny wins over a NetworkPolicy that allows',
      policies: [networkPolicy([{ namespaceSelector: {} }]), adminPolicy('deny', 5, [{ action: 'Deny', from: [street] }])],
      want: friendAlone,
    },
    {
      what: 'an admin allow wins over a NetworkPolicy that closes',
      policies: [networkPolicy([]), adminPolicy('allow', 5, [{ action: 'Allow', from: [street] }])],
      want: strangerAlone,
    },
    {
      what: 'what an admin policy passes on, the NetworkPolicy decides, whatever later admin policies deny',
      policies: [
        networkPolicy([{ namespaceSelector: street.namespaces }]),
        adminPolicy('pass', 5, [{ action: 'Pass', from: [street] }]),
        adminPolicy('deny', 6, [{ action: 'Deny', from: [everybody] }]),
      ],
      want: strangerAlone,
    },
    { what: 'a baseline decides where no NetworkPolicy does', policies: [baseline], want: nobody },
    {
      what: 'a NetworkPolicy decides ahead of the baseline',
      policies: [baseline, networkPolicy([{ podSelector: {} }])],
      want: friendAlone,
    },
    {
      what: 'ports of an admin rule are those of its protocol alone',
      policies: [adminPolicy('tcp', 5, [{ action: 'Deny', from: [street], ports: [{ portNumber: { protocol: 'TCP', port: 8080 } }] }])],
      want: { friend: EVERY, stranger: ['udp4', 'udp6'] },
    },
    {
      what: 'a ClusterNetworkPolicy of the tier Admin wins over a NetworkPolicy',
      policies: [networkPolicy([]), clusterPolicy('accept', 'Admin', [{ action: 'Accept', from: [{ pods: shop }] }])],
      want: friendAlone,
    },
    {
      what: 'and one of the tier Baseline does not',
      policies: [networkPolicy([{ podSelector: {} }]), clusterPolicy('base', 'Baseline', [{ action: 'Deny', from: [everybody] }])],
      want: friendAlone,
    },
  ])(
    '$what',
    async ({ policies, want }) => {
      const { client } = lab();
      await apply(policies);
      await passes(want);
      const conditions = await eventually('every policy of an administrator is judged', async () => {
        const admin = policies.filter(({ kind }) => kind !== 'NetworkPolicy');
        const found = await Promise.all(admin.map(async (policy) => conditionOf(await client.get(resourceOf(policy), keyOf(policy)))));
        return found.every((condition) => condition !== undefined) ? found : undefined;
      });
      expect(new Set(conditions.map((condition) => `${condition?.type} ${condition?.status} ${condition?.observedGeneration}`))).toEqual(
        new Set(['Validated True 1']),
      );
      await Promise.all(policies.map((policy) => client.delete(resourceOf(policy), keyOf(policy))));
      await passes(all);
    },
    60_000,
  );

  it('a bad one is told by condition and event, once however often controllers start, and fails closed', async () => {
    const { client } = lab();
    const bad = clusterPolicy('bad', 'Admin', [{ action: 'Deny', from: [{}] }]);
    const badOwn = networkPolicy([{ ipBlock: { cidr: '10.0.0.0/33' } }]);
    await apply([bad, badOwn]);
    const told = async () => [
      ...(await eventsOf(lab(), 'ClusterNetworkPolicy', 'bad')),
      ...(await eventsOf(lab(), 'NetworkPolicy', 'own')),
    ];
    const known = async (): Promise<readonly string[]> =>
      (await told()).map(({ metadata, reason, count, message }) => `${metadata.name} ${reason} ${count} ${message}`).toSorted();
    const before = await eventually('both are told', async () => ((await told()).length === 2 ? known() : undefined));
    expect((await told()).map(({ message = '' }) => message).toSorted()).toEqual([
      expect.stringContaining('ClusterNetworkPolicy bad: spec.ingress[0].from[0]'),
      expect.stringContaining('NetworkPolicy adm-shop/own: spec.ingress[0].from[0].ipBlock.cidr is "10.0.0.0/33"'),
    ]);
    const condition = conditionOf(await client.get(resources.clusterNetworkPolicy, 'bad'));
    expect(condition).toMatchObject({ type: 'Validated', status: 'False', reason: 'ValidatePolicyFailed' });
    await passes(nobody);

    await restartControllers(lab());
    // Events go out in order: once one about a new object is there, those of the start would be.
    // Its priority is its own: one that two policies have is told to both.
    const later = clusterPolicy('later', 'Admin', [{ action: 'Deny', from: [{}] }], 11);
    await apply([bad, badOwn, later]);
    await eventually('the next one is told', async () => (await eventsOf(lab(), 'ClusterNetworkPolicy', 'later')).length === 1);
    expect(await known()).toEqual(before);

    await Promise.all([bad, badOwn, later].map((policy) => client.delete(resourceOf(policy), keyOf(policy))));
    await passes(all);
  }, 90_000);

  it('the manifest as it stands', async () => {
    applied = readManifests(MANIFEST);
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    const [desk, oven, monitor] = [await endOf('clinic', 'desk'), await endOf('bakery', 'oven'), await endOf('operations', 'monitor')];
    const outside = { netns: '', addresses: outsideAddresses(lab().layout) };
    const table = async () => ({
      'desk asks oven': await answersTo(desk, oven.addresses),
      'desk asks outside': await answersTo(desk, outside.addresses),
      'oven asks desk': await answersTo(oven, desk.addresses),
      'monitor asks desk': await answersTo(monitor, desk.addresses),
      'monitor asks oven': await answersTo(monitor, oven.addresses),
      'monitor asks outside': await answersTo(monitor, outside.addresses),
    });
    const web = ['tcp4', 'tcp6'];
    const want = {
      'desk asks oven': EVERY, // passed on, and the bakery is open
      'desk asks outside': web,
      'oven asks desk': [], // passed on, and no policy of the clinic: the baseline decides
      'monitor asks desk': web,
      'monitor asks oven': web, // not all, though the bakery is open
      'monitor asks outside': EVERY, // no tenant
    };
    const isAsWanted = async (): Promise<boolean> => JSON.stringify(await table()) === JSON.stringify(want);
    await eventually('packets as wanted', isAsWanted).catch(() => undefined);
    expect(await table()).toEqual(want);
    await removeNamespaces(lab(), ['clinic', 'bakery', 'operations']);
  }, 120_000);
}

interface WithConditions extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly observedGeneration?: number | bigint;
    }[];
  };
}

function conditionOf(policy: KubeObject) {
  return (policy as WithConditions).status?.conditions?.find(({ type }) => type === 'Validated');
}
