/** docs/features/admission.md on a lab: what kubectl says, and what happens when nobody answers. */
import { join } from 'node:path';
import { resources } from '@kube-ovn/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layoutOf } from '../src/infra/layout.ts';
import { describeLeftovers, findLeftovers, linksWithLabNames } from '../src/infra/leftovers.ts';
import { runTool } from '../src/infra/tool.ts';
import { startLab, type Lab } from '../src/lab/lab.ts';
import { kubectl, requireKubectl } from './apiserver/kubectl.ts';
import { eventsOf, eventually, idlePod, isGone, readyPod, remove, runningPid } from './cluster/support.ts';
import { sweepDeadLabs, testLabName } from './names.ts';

const MANIFESTS = join(import.meta.dirname, '../../../docs/features');
const SOUND = join(MANIFESTS, 'admission.yaml');
const FAULTY = join(MANIFESTS, 'admission-refused.yaml');

const layout = layoutOf({ name: testLabName('ta'), nodes: 1, raft: false, families: 'ipv4' });
const linksBefore = linksWithLabNames();

describe('a lab with the validating webhook', () => {
  let lab: Lab;
  const apply = async (file: string): Promise<{ readonly code: number; readonly out: string; readonly err: string }> => {
    using program = kubectl(lab.kubeconfig);
    return await program(['apply', '-f', file]);
  };
  const validated = async (name: string) =>
    (await lab.client.get(resources.subnet, name)).status?.conditions?.find(({ type }) => type === 'Validated');

  beforeAll(async () => {
    await sweepDeadLabs();
    await requireKubectl();
    lab = await startLab({ layout, progress: () => undefined, controllerFlags: ['--webhook-port=0'] });
    await runTool(['kubectl', `--kubeconfig=${lab.kubeconfig}`, 'apply', '-f', SOUND]);
    await eventually('the Subnet is in force', async () => (await validated('front'))?.status === 'True');
  }, 120_000);

  afterAll(async () => {
    await lab?.stop();
  }, 60_000);

  it('kubectl apply is refused, object by object, in the words of the condition; a sound pod starts', async () => {
    const { code, err } = await eventually('refusals', async () => {
      const ran = await apply(FAULTY);
      return ran.err.match(/denied the request/g)?.length === 6 ? ran : undefined;
    });
    expect(code).toBe(1);
    expect(err).toMatch(
      /networks\.kubeovn\.io" denied the request: Subnet front-again: spec\.cidrBlock "10\.89\.0\.128\/25" overlaps Subnet front \(10\.89\.0\.0\/24\) of the same Vpc; choose a free range/,
    );
    expect(err).toMatch(
      /denied the request: IPPool front-pool: spec\.ips "10\.90\.0\.10\.\.10\.90\.0\.20" is not in 10\.89\.0\.0\/24 of Subnet front; choose addresses/,
    );
    expect(err).toMatch(/denied the request: Subnet front-rules: spec\.acls\[0\]\.action "pass" is no action of a switch rule/);
    expect(err).toMatch(
      /denied the request: SecurityGroup front-group: spec\.ingressRules\[0\]\.remoteAddress is "fd00::\/64": write an address or a block of IPv4/,
    );
    expect(err).toMatch(
      /denied the request: NetworkPolicy front\/front-door: ovn\.kubernetes\.io\/log_acl_actions is "reject": name allow, drop or both/,
    );
    expect(err).toMatch(
      /denied the request: Pod front\/misspelt: metadata\.annotations\[ovn\.kubernetes\.io\/ip_address\] is "10\.89\.0\.300": must be/,
    );
    expect(await isGone(lab, resources.subnet, 'front-again')).toBe(true);
    expect((await readyPod(lab, { name: 'web', namespace: 'front' })).status?.podIP).toMatch(/^10\.89\.0\./);
  }, 60_000);

  it('a warning reaches the terminal', async () => {
    using program = kubectl(lab.kubeconfig);
    const ran = await program(['annotate', 'pod', 'web', '-n', 'front', 'ovn.kubernetes.io/ip_adress=10.89.0.9']);
    expect(ran.code).toBe(0);
    expect(ran.err).toContain('Warning: Pod front/web: metadata.annotations[ovn.kubernetes.io/ip_adress] is not known and has no effect');
  });

  it('a pod of kube-system is not asked about', async () => {
    const annotations = { 'ovn.kubernetes.io/ip_address': '10.89.0.300' };
    await lab.client.create(resources.pod, idlePod({ name: 'system', namespace: 'kube-system', annotations }));
    expect(await isGone(lab, resources.pod, 'kube-system/system')).toBe(false);
    await remove(lab, resources.pod, 'kube-system/system');
  }, 30_000);

  it('with the controllers stopped all is let through; going on, they tell it in condition and event', async () => {
    const pids = lab.replicas.map(({ id }) => runningPid(lab, id));
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    try {
      expect((await apply(FAULTY)).err).not.toContain('denied');
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    }
    const condition = await eventually('a condition', async () => {
      const found = await validated('front-again');
      return found?.status === 'False' ? found : undefined;
    });
    expect(condition.message).toMatch(/^Subnet front-again: .* overlaps Subnet front/);
    const event = await eventually('an event', async () =>
      (await eventsOf(lab, 'Pod', 'misspelt')).find(({ message }) => message?.includes('10.89.0.300')),
    );
    expect(event.type).toBe('Warning');
    for (const [resource, key] of [
      [resources.pod, 'front/misspelt'],
      [resources.pod, 'front/web'],
      [resources.ipPool, 'front-pool'],
      [resources.subnet, 'front-again'],
      [resources.subnet, 'front-rules'],
      [resources.securityGroup, 'front-group'],
      [resources.networkPolicy, 'front/front-door'],
    ] as const)
      await remove(lab, resource, key);
  }, 90_000);

  it('taken down, it leaves nothing', async () => {
    await lab.stop();
    expect(describeLeftovers(findLeftovers({ ...layout, linksBefore }))).toEqual([]);
  }, 60_000);
});
