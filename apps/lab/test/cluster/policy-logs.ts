import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { resources, type KubeObject, type NetworkPolicy } from '@kube-ovn/api';
import { expect, it, onTestFinished } from 'vitest';
import { runTool } from '../../src/infra/tool.ts';
import { ko } from './ko.ts';
import {
  netnsOf,
  becomesReady,
  eventually,
  namespaceObject,
  nodeOf,
  nbctl,
  remove,
  removeNamespaces,
  readyPod,
  vsctl,
  type LabRef,
} from './support.ts';

const NAMESPACE = 'np-logs';
/** Echo requests, one every 10 ms; each new to the rules, since none is answered. */
const PINGS = 300;
const PER_SECOND = 5;

/** What policies log: real lines of ovn-controller, with the policy's name, and no more of them than asked for. */
export function policyLogs(lab: LabRef): void {
  /** Lines about a rule on the node of the server. */
  const lines = (rule: string): readonly string[] =>
    readFileSync(join(lab().layout.logDir, 'node1-ovn-controller.log'), 'utf8')
      .split('\n')
      .filter((line) => line.includes(`name="${rule}"`));

  it('lines bear the name of the policy and what became of the packet; a meter keeps their number down', async () => {
    const { client } = lab();
    onTestFinished(async () => {
      await removeNamespaces(lab(), [NAMESPACE]);
    }, 60_000);
    await client.create(resources.namespace, namespaceObject(NAMESPACE));
    const ends = new Map<string, { readonly netns: string; readonly v4: string }>();
    for (const [name, nodeName] of [
      ['server', 'node1'],
      ['friend', 'node2'],
      ['stranger', 'node2'],
    ] as const) {
      await client.create(resources.pod, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: NAMESPACE, labels: { app: name } },
        spec: { nodeName, terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: 'busybox' }] },
      } as KubeObject);
      const pod = await becomesReady(lab(), { namespace: NAMESPACE, name });
      ends.set(name, { netns: netnsOf(lab(), pod), v4: pod.status?.podIP ?? '' });
    }
    const policy = (name: string, annotations: Readonly<Record<string, string>>): NetworkPolicy => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name, namespace: NAMESPACE, annotations: { 'ovn.kubernetes.io/enable_log': 'true', ...annotations } },
      spec: {
        podSelector: { matchLabels: { app: 'server' } },
        ingress: [{ from: [{ podSelector: { matchLabels: { app: 'friend' } } }] }],
      },
    });
    const ping = async (from: string, count: number): Promise<void> => {
      const argv = ['ping', '-q', '-i', '0.01', '-W', '1', '-c', String(count), ends.get('server')?.v4 ?? ''];
      await runTool(['nsenter', `--net=${ends.get(from)?.netns}`, '--', ...argv], { accept: [0, 1] });
    };
    const apply = async (name: string, annotations: Readonly<Record<string, string>>): Promise<void> => {
      await client.create(resources.networkPolicy, policy(name, annotations));
      await eventually('the rules', async () =>
        (await nbctl(lab(), '--columns=name', 'list', 'ACL')).includes(`np/${NAMESPACE}/${name}/ingress`),
      );
      await nbctl(lab(), '--wait=hv', 'sync');
    };

    await apply('told', { 'ovn.kubernetes.io/log_acl_actions': 'allow,drop' });
    const [dropped, allowed] = [`np/${NAMESPACE}/told/ingress`, `np/${NAMESPACE}/told/ingress/0`];
    await ping('friend', 1);
    await ping('stranger', 1);
    await eventually('both are told', () => lines(dropped).length > 0 && lines(allowed).length > 0);
    expect(lines(dropped)[0]).toMatch(/acl_log.*verdict=drop, severity=warning, direction=to-lport: icmp,/);
    expect(lines(allowed)[0]).toMatch(/acl_log.*verdict=allow, severity=info, direction=to-lport: icmp,/);
    const told = await ko(lab(), 'drops', '--allowed', '-o', 'json');
    const { decisions } = JSON.parse(told.stdout) as { readonly decisions: readonly { readonly policy: string }[] };
    const to = { policy: `NetworkPolicy ${NAMESPACE}/told`, to: `pod ${NAMESPACE}/server`, what: 'icmp' };
    expect(decisions.filter(({ policy: name }) => name === to.policy)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ...to, verdict: 'drop', rule: 'ingress', from: `pod ${NAMESPACE}/stranger` }),
        expect.objectContaining({ ...to, verdict: 'allow', rule: 'ingress rule 0', from: `pod ${NAMESPACE}/friend` }),
      ]),
    );
    expect((await ko(lab(), 'drops', '--node', 'node1')).stdout).toMatch(
      /^\d+ +drop +NetworkPolicy np-logs\/told +ingress +pod np-logs\/stranger +pod np-logs\/server +icmp /m,
    );
    expect(lines(dropped)[0]).toContain(`nw_src=${ends.get('stranger')?.v4},nw_dst=${ends.get('server')?.v4}`);
    await remove(lab(), resources.networkPolicy, `${NAMESPACE}/told`);

    await apply('metered', { 'ovn.kubernetes.io/acl_log_meter_rate': String(PER_SECOND) });
    await ping('stranger', PINGS);
    const metered = `np/${NAMESPACE}/metered/ingress`;
    await eventually('some are told', () => lines(metered).length > 0);
    // Three seconds of them, a second more for what began in one and ended in another, and as many again as a meter lets through at once.
    expect(lines(metered).length).toBeLessThan(PER_SECOND * 8);
    // What is allowed is not told unless it is asked for.
    expect(lines(`${metered}/0`)).toEqual([]);

    await remove(lab(), resources.networkPolicy, `${NAMESPACE}/metered`);
    await eventually('no meter is left', async () => (await nbctl(lab(), '--bare', '--columns=name', 'list', 'Meter')).trim() === '');
  }, 120_000);

  it('what a policy without a log drops is told by samples, which leave nothing behind', async () => {
    const { client } = lab();
    onTestFinished(async () => {
      await removeNamespaces(lab(), [NAMESPACE]);
    }, 60_000);
    await client.create(resources.namespace, namespaceObject(NAMESPACE));
    const [server, stranger] = await Promise.all([
      readyPod(lab(), { name: 'sampled', namespace: NAMESPACE, node: 'node1' }),
      readyPod(lab(), { name: 'stranger', namespace: NAMESPACE, node: 'node2' }),
    ]);
    const spec: NetworkPolicy['spec'] = { podSelector: {}, policyTypes: ['Ingress'] };
    const metadata = { name: 'quiet', namespace: NAMESPACE };
    await client.create(resources.networkPolicy, { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, spec });
    const { ip = '' } = server.status?.podIPs?.[0] ?? {};
    const argv = ['nsenter', `--net=${netnsOf(lab(), stranger)}`, '--', 'ping', '-q', '-i', '0.1', '-W', '1'];
    const ping = async (count: number): Promise<number> => (await runTool([...argv, '-c', String(count), ip], { accept: [0, 1] })).code;
    await eventually('it drops', async () => (await ping(1)) === 1);
    await eventually('a sample', async () => {
      const [told] = await Promise.all([ko(lab(), 'drops', '--sample', '4', '--node', 'node1', '-o', 'json'), ping(40)]);
      const { sampled } = JSON.parse(told.stdout) as { readonly sampled: readonly object[] };
      const wanted = { node: 'node1', policy: `NetworkPolicy ${NAMESPACE}/quiet`, rule: 'ingress', what: 'icmp' };
      const ends = { from: `pod ${NAMESPACE}/stranger`, to: `pod ${NAMESPACE}/sampled` };
      return sampled.some((drop) => isDeepStrictEqual({ ...drop, packets: 0 }, { packets: 0, ...wanted, ...ends })) || undefined;
    });
    expect(await nbctl(lab(), 'get', 'NB_Global', '.', 'options')).not.toContain('debug_drop');
    expect((await vsctl(nodeOf(lab(), 'node1'), 'list', 'Flow_Sample_Collector_Set')).trim()).toBe('');
  }, 120_000);
}
