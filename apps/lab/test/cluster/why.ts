/** `ko why` names the culprit: a fault is made, a ping says whether it is one, and the answer is held against what was made. */
import { type KubeObject, type Pod, type Resource, resources, type Service } from '@kube-ovn/api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runTool } from '../../src/infra/tool.ts';
import { ko } from './ko.ts';
import {
  eventsOf,
  eventually,
  idlePod,
  type LabRef,
  namespaceObject,
  netnsOf,
  nodeOf,
  readyPod,
  remove,
  removeNamespaces,
  runningPid,
  subnet,
  vsctl,
} from './support.ts';

const NAMESPACE = 'why';
const FAR = 'why-far';

interface Found {
  readonly reaches: string;
  readonly culprits: readonly string[];
}

export function whyTool(lab: LabRef): void {
  const pods = new Map<string, Pod>();
  const named = (name: string): Pod => {
    const pod = pods.get(name);
    if (pod === undefined) throw new Error(`no pod ${name}`);
    return pod;
  };
  const addressOf = (name: string): string => named(name).status?.podIP ?? '';

  /** The answer, without its words. */
  const why = async (from: string, to: string, port = 'icmp'): Promise<Found> => {
    const { stdout, stderr, code } = await ko(lab(), 'why', from, to, port, '--json');
    if (stdout === '') throw new Error(stderr);
    const { reaches, culprits } = JSON.parse(stdout) as {
      readonly reaches: string;
      readonly culprits: readonly { readonly code: string; readonly object: string }[];
    };
    if ((code === 0) !== (reaches === 'all')) throw new Error(`"${reaches}" with exit code ${code}`);
    return { reaches, culprits: culprits.map((culprit) => `${culprit.code} ${culprit.object}`) };
  };
  /** Whether a ping from one pod gets to an address. */
  const pings = async (from: string, address: string): Promise<boolean> => {
    const argv = ['nsenter', `--net=${netnsOf(lab(), named(from))}`, 'ping', '-c', '2', '-i', '0.3', '-W', '1', address];
    return (await runTool(argv, { accept: [0, 1] })).code === 0;
  };
  /** Make an object, ask until the world has it, and take it away again. */
  const withObject = async <T extends KubeObject>(resource: Resource<T>, object: T, act: () => Promise<void>): Promise<void> => {
    const { namespace, name } = object.metadata;
    await lab().client.create(resource, object);
    try {
      await act();
    } finally {
      await remove(lab(), resource, namespace === undefined ? name : `${namespace}/${name}`);
    }
  };
  const settles = (to: string, isReached: boolean): Promise<boolean> =>
    eventually(
      `here ${isReached ? 'reaches' : 'does not reach'} ${to}`,
      async () => (await pings('here', addressOf(to))) === isReached || undefined,
    );

  beforeAll(async () => {
    for (const name of [NAMESPACE, FAR]) await lab().client.create(resources.namespace, namespaceObject(name));
    const vpc = { apiVersion: 'kubeovn.io/v1', kind: 'Vpc', metadata: { name: FAR }, spec: { namespaces: [FAR] } };
    await lab().client.create(resources.vpc, vpc as never);
    await lab().client.create(resources.subnet, subnet(`${FAR}-rooms`, { cidrBlock: '10.119.0.0/24', vpc: FAR, namespaces: [FAR] }));
    const made = await Promise.all([
      readyPod(lab(), { name: 'here', namespace: NAMESPACE, node: 'node1' }),
      readyPod(lab(), { name: 'there', namespace: NAMESPACE, node: 'node2' }),
      readyPod(lab(), { name: 'far', namespace: FAR, node: 'node2' }),
    ]);
    for (const pod of made) pods.set(pod.metadata.name, pod);
  }, 90_000);

  afterAll(async () => {
    await removeNamespaces(lab(), [NAMESPACE, FAR]);
    await remove(lab(), resources.subnet, `${FAR}-rooms`);
    await remove(lab(), resources.vpc, FAR);
  }, 60_000);

  it('reaches a pod on another node, a node, and the outside', async () => {
    const found = await Promise.all([
      why('why/here', 'why/there'),
      why('why/here', 'node/node3'),
      why('why/here', lab().layout.outside.host),
      why('node/node1', addressOf('there')),
    ]);
    expect(found).toEqual(Array.from({ length: 4 }, () => ({ reaches: 'all', culprits: [] })));
    expect(await Promise.all([pings('here', addressOf('there')), pings('here', lab().layout.outside.host)])).toEqual([true, true]);
  }, 60_000);

  it.each([
    ['at the receiver', { podSelector: {} }],
    ['at the sender', { podSelector: {}, policyTypes: ['Egress'] }],
  ])(
    'a NetworkPolicy %s',
    async (_name, spec) => {
      const policy = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { namespace: NAMESPACE, name: 'shut' }, spec };
      await withObject(resources.networkPolicy, policy as never, async () => {
        await settles('there', false);
        expect(await why('why/here', 'why/there')).toEqual({ reaches: 'none', culprits: ['POLICY_DENIES NetworkPolicy why/shut'] });
      });
      await settles('there', true);
    },
    60_000,
  );

  it('an AdminNetworkPolicy', async () => {
    const here = { namespaces: { matchLabels: { 'kubernetes.io/metadata.name': NAMESPACE } } };
    const spec = { priority: 7, subject: here, ingress: [{ action: 'Deny', from: [here] }] };
    const policy = { apiVersion: 'policy.networking.k8s.io/v1alpha1', kind: 'AdminNetworkPolicy', metadata: { name: 'why-top' }, spec };
    await withObject(resources.adminNetworkPolicy, policy as never, async () => {
      await settles('there', false);
      expect(await why('why/here', 'why/there')).toEqual({ reaches: 'none', culprits: ['POLICY_DENIES AdminNetworkPolicy why-top'] });
    });
  }, 60_000);

  it('Vpcs that are apart, and one without a way out', async () => {
    expect(await why('why/here', 'why-far/far')).toEqual({ reaches: 'none', culprits: ['OTHER_VPC Vpc ovn-cluster'] });
    expect(await why('why-far/far', lab().layout.outside.host)).toEqual({ reaches: 'none', culprits: [`NO_WAY_OUT Vpc ${FAR}`] });
    expect(await Promise.all([pings('here', addressOf('far')), pings('far', lab().layout.outside.host)])).toEqual([false, false]);
  }, 60_000);

  it('services: without endpoints, without that port, without endpoints on the node', async () => {
    const service = (name: string, spec: object) =>
      ({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { namespace: NAMESPACE, name },
        spec: { ports: [{ port: 80 }], ...spec },
      }) as unknown as Service;
    await lab().client.patch(resources.pod, `${NAMESPACE}/there`, { metadata: { labels: { app: 'there' } } });
    await withObject(resources.service, service('empty', { selector: { app: 'nobody' } }), () =>
      withObject(resources.service, service('near', { selector: { app: 'there' }, internalTrafficPolicy: 'Local' }), async () => {
        await eventually('an endpoint', async () => {
          const { items } = await lab().client.list(resources.endpointSlice, { namespace: NAMESPACE });
          return items.some(({ endpoints }) => (endpoints ?? []).length > 0) || undefined;
        });
        const found = [
          await why('why/here', 'svc/why/empty', '80'),
          await why('why/here', 'empty.why.svc', '81'),
          await why('why/here', 'svc/why/near', '80'),
        ];
        expect(found.flatMap(({ culprits }) => culprits)).toEqual([
          'SERVICE_NO_ENDPOINTS Service why/empty',
          'SERVICE_NO_PORT Service why/empty',
          'SERVICE_NONE_NEAR Service why/near',
        ]);
        expect(await why('why/there', 'svc/why/near', '80')).toEqual({ reaches: 'all', culprits: [] });
      }),
    );
  }, 90_000);

  it('a pod that gets no address, in the words of its event', async () => {
    const pod = idlePod({
      name: 'nowhere',
      namespace: NAMESPACE,
      node: 'node1',
      annotations: { 'ovn.kubernetes.io/ip_address': '10.119.0.77' },
    });
    await withObject(resources.pod as Resource<KubeObject>, pod, async () => {
      await eventually('an event', async () => ((await eventsOf(lab(), 'Pod', 'nowhere')).length > 0 ? true : undefined));
      const { stdout, code } = await ko(lab(), 'why', 'why/here', 'why/nowhere');
      expect({ code, stdout }).toEqual({
        code: 1,
        stdout: expect.stringMatching(/because: Pod why\/nowhere has no address: .*10\.119\.0\.77.*\(POD_NO_ADDRESS\)/),
      });
    });
  }, 60_000);

  it('an interface that no port is bound to', async () => {
    const node = nodeOf(lab(), 'node2');
    const daemon = runningPid(lab(), 'node2-daemon');
    const link = (await vsctl(node, '--bare', '--columns=name', 'find', 'Interface', 'external_ids:iface-id=there.why')).trim();
    process.kill(daemon, 'SIGSTOP');
    try {
      await vsctl(node, 'remove', 'Interface', link, 'external_ids', 'iface-id');
      await settles('there', false);
      expect(await why('why/here', 'why/there')).toEqual({ reaches: 'none', culprits: ['PORT_NOT_BOUND Pod why/there'] });
    } finally {
      await vsctl(node, 'set', 'Interface', link, 'external_ids:iface-id=there.why');
      process.kill(daemon, 'SIGCONT');
    }
    await settles('there', true);
  }, 60_000);

  it.each([
    ['node2-ovn-controller', 'CHASSIS_BEHIND Node node2'],
    ['central-northd', 'NORTHD_BEHIND ovn-northd'],
  ])(
    '%s that stands still is a doubt: what it made before goes on',
    async (program, culprit) => {
      const pid = runningPid(lab(), program);
      process.kill(pid, 'SIGSTOP');
      try {
        expect(await why('why/here', 'why/there')).toEqual({ reaches: 'doubtful', culprits: [culprit] });
        expect(await pings('here', addressOf('there'))).toBe(true);
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      await eventually('no doubt', async () => (await why('why/here', 'why/there')).reaches === 'all' || undefined);
    },
    90_000,
  );
}
