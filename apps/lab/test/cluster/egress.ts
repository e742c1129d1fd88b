import { join } from 'node:path';
import { type Pod, resources } from '@kube-ovn/api';
import { afterAll, expect, it } from 'vitest';
import { outsideAddresses } from '../../src/infra/layout.ts';
import { makeNamespace } from '../../src/infra/network.ts';
import { inNamespace, ipBatch, runTool } from '../../src/infra/tool.ts';
import { seenFrom } from './seen-from.ts';
import { eventually, kubectl, type LabRef, netnsOf, nodeOf, readyPod, remove } from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/egress.yaml');
const ROUTER = ['10.254.0.253', 'fd00:10:254::fd'] as const;

/** docs/features/gateways.md, "Not the same for everything": as whom the outside sees pods. */
export function egress(lab: LabRef): void {
  const pods: Pod[] = [];
  const pod = async (namespace: string, node: string, address?: string): Promise<Pod> => {
    const annotations = address === undefined ? {} : { 'ovn.kubernetes.io/ip_address': address };
    const made = await readyPod(lab(), { name: `p${pods.length}`, namespace, node, annotations });
    pods.push(made);
    return made;
  };
  const made = (namespace: string, address?: string): Pod => {
    const found = pods.find(
      ({ metadata, status }) => metadata.namespace === namespace && (address === undefined || status?.podIP === address),
    );
    if (found === undefined) throw new Error(`no pod in ${namespace}`);
    return found;
  };
  /** In both families, IPv4 first. */
  const seen = async (of: Pod): Promise<readonly string[]> =>
    (await Promise.all(outsideAddresses(lab().layout).map((outside) => seenFrom(lab(), of, outside, { times: 4 })))).map((counts) =>
      Object.keys(counts).join(),
    );
  const isSeenAs = (of: Pod, wanted: readonly string[]): Promise<unknown> =>
    eventually(`seen as ${wanted.join()}`, async () => (await seen(of)).join() === wanted.join());
  const node = (name: string): readonly string[] => [nodeOf(lab(), name).underlayAddress, nodeOf(lab(), name).underlayAddress6];
  /** What comes back to a block from outside may come by any node. */
  const wayBack = (namespace: string, ...blocks: readonly string[]): Promise<void> =>
    ipBatch(
      namespace,
      blocks.map((block) => `route replace ${block} via ${node('node3')[block.includes(':') ? 1 : 0]}`),
    );
  const routerNamespace = (): string => `${lab().layout.name}-p-router`;

  afterAll(async () => {
    for (const { metadata } of pods) await remove(lab(), resources.pod, `${metadata.namespace}/${metadata.name}`);
    await kubectl(lab(), 'delete', '--ignore-not-found', '-f', MANIFEST);
    await runTool(['ip', 'netns', 'del', routerNamespace()], { accept: [0, 1] });
  });

  it('natOutgoingPolicyRules: the first that matches decides, in the family that it names: the manifest as it stands', async () => {
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    await wayBack(lab().layout.outside.namespace, '10.98.0.0/24');
    const [translated, asItIs, other] = [
      await pod('billing', 'node1', '10.98.0.16,fd00:98::16'),
      await pod('billing', 'node2', '10.98.0.17,fd00:98::17'),
      await pod('billing', 'node2', '10.98.0.40,fd00:98::40'),
    ];
    await isSeenAs(asItIs, ['10.98.0.17', node('node2')[1] ?? '']);
    expect(await seen(translated)).toEqual(node('node1'));
    expect(await seen(other)).toEqual(node('node2'));
  }, 90_000);

  it('the status names the rules; without them all is translated', async () => {
    const rules = async (): Promise<unknown> => (await lab().client.get(resources.subnet, 'billing')).status?.natOutgoingPolicyRules;
    const ruleID: unknown = expect.stringMatching(/^[0-9a-f]{12}$/);
    expect(await rules()).toMatchObject([
      { ruleID, action: 'nat', match: { srcIPs: '10.98.0.16' } },
      { ruleID, action: 'forward' },
    ]);
    await lab().client.patch(resources.subnet, 'billing', { spec: { natOutgoingPolicyRules: [] } });
    const asItIs = made('billing', '10.98.0.17');
    await isSeenAs(asItIs, node('node2'));
    await eventually('no rules', async () => JSON.stringify(await rules()) === '[]');
  }, 90_000);

  it('an edit that is refused changes nothing', async () => {
    const natOutgoingPolicyRules = [{ match: { srcIPs: '10.98.0.999' }, action: 'forward' }];
    await lab().client.patch(resources.subnet, 'billing', { spec: { natOutgoing: false, natOutgoingPolicyRules } });
    await eventually('told', async () =>
      (await lab().client.get(resources.subnet, 'billing')).status?.conditions?.some(
        ({ type, status, message }) =>
          type === 'Validated' && status === 'False' && message?.includes('natOutgoingPolicyRules[0].match.srcIPs'),
      ),
    );
    const asItIs = made('billing', '10.98.0.17');
    expect(await seen(asItIs)).toEqual(node('node2'));
    await lab().client.patch(resources.subnet, 'billing', { spec: { natOutgoing: true, natOutgoingPolicyRules: [] } });
  }, 90_000);

  it('externalEgressGateway: all that leaves takes that router; the cluster is reached as ever', async () => {
    const { layout } = lab();
    const router = routerNamespace();
    await makeNamespace(layout, router);
    await ipBatch(undefined, [`link add ul0 netns ${router} type veth peer name ulr netns ${layout.underlayNamespace}`]);
    await ipBatch(layout.underlayNamespace, ['link set ulr master br-ul up']);
    await ipBatch(router, [
      'link set ul0 up',
      `addr add ${ROUTER[0]}/24 dev ul0`,
      `addr add ${ROUTER[1]}/64 dev ul0 nodad`,
      `route add default via ${layout.outside.underlayAddress}`,
      `route add ::/0 via ${layout.outside.underlayAddress6}`,
    ]);
    await runTool(inNamespace(router, ['ethtool', '-K', 'ul0', 'tx', 'off']));
    for (const setting of [
      'ipv4.ip_forward=1',
      'ipv6.conf.all.forwarding=1',
      'ipv4.conf.all.rp_filter=0',
      'ipv4.conf.all.send_redirects=0',
    ])
      await runTool(inNamespace(router, ['sysctl', '-qw', `net.${setting}`]));
    const translate = 'table inet n { chain c { type nat hook postrouting priority srcnat; oif "ul0" masquerade; }; }';
    await runTool(inNamespace(router, ['nft', translate]));
    await wayBack(router, '10.99.0.0/24', 'fd00:99::/112');

    const [here, there] = [await pod('audit', 'node1'), await pod('audit', 'node2')];
    await isSeenAs(here, ROUTER);
    expect(await seen(there)).toEqual(ROUTER);
    for (const { status } of pods.filter((each) => each !== here))
      for (const { ip } of status?.podIPs ?? [])
        await runTool(['nsenter', `--net=${netnsOf(lab(), here)}`, '--', 'ping', '-q', '-c1', '-W2', ip]);
  }, 90_000);

  it('while that router is away nothing leaves by another way, and without the wish the node routes again', async () => {
    const here = made('audit');
    await ipBatch(routerNamespace(), ['link set ul0 down']);
    for (const answer of await seen(here)) expect(answer).not.toMatch(/^(10\.|fd00:)/);
    const none = { externalEgressGateway: '', policyRoutingTableID: 0, policyRoutingPriority: 0 };
    await lab().client.patch(resources.subnet, 'audit', { spec: { ...none, natOutgoing: true } });
    await isSeenAs(here, node('node1'));
    const { stdout } = await runTool(inNamespace(nodeOf(lab(), 'node1').namespace, ['ip', 'rule']));
    expect(stdout).not.toContain('1099');
  }, 90_000);
}
