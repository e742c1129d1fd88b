/** New connections per second: to a Service, and to its pods without it. */
import { fileURLToPath } from 'node:url';
import { resources, type KubeObject } from '@kube-ovn/api';
import { runTool } from '../src/infra/tool.ts';
import type { Lab } from '../src/lab/lab.ts';
import { becomesReady, eventually, netnsOf, nodeOf, readyPod } from '../test/cluster/support.ts';
import { percentile } from './statistics.ts';

const PODS = 10;
const ROUNDS = 5;
const PERIOD_MS = 2_000;
const AT_ONCE = 8;
const PORT = 8080;
const PROGRAM = fileURLToPath(new URL('./connection-program.ts', import.meta.url));

/** Per second, the median of the rounds. */
export interface Rates {
  readonly direct: number;
  readonly service: number;
  /** Of all rounds, connections without an answer: direct ones, and those by the service. */
  readonly failed: readonly [number, number];
}

/** From a pod, and from a node, of which neither has all the pods; the two ways take turns. */
export async function connectionRates(lab: Lab, namespace: string): Promise<{ readonly pod: Rates; readonly node: Rates }> {
  const { client } = lab;
  const names = Array.from({ length: PODS }, (_, index) => `server-${index}`);
  await client.create(resources.service, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'servers', namespace },
    spec: { selector: { app: 'server' }, ports: [{ port: PORT }] },
  });
  const servers = await Promise.all(
    names.map(async (name, index) => {
      await client.create(resources.pod, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace, labels: { app: 'server' } },
        spec: {
          nodeName: `node${(index % lab.layout.nodeList.length) + 1}`,
          containers: [{ name: 'main', image: 'agnhost', args: ['netexec', `--http-port=${PORT}`] }],
        },
      } as KubeObject);
      return becomesReady(lab, { namespace, name });
    }),
  );
  // Two, since who asks a pod both ways is now and then taken for an old connection by its kernel (docs/features/services.md, Limits).
  const [asker, other] = await Promise.all(['asker', 'other-asker'].map((name) => readyPod(lab, { name, namespace, node: 'node2' })));
  const direct = servers.map(({ status }) => status?.podIP ?? '').join();
  const service = (await client.get(resources.service, `${namespace}/servers`)).spec?.clusterIP ?? '';
  const ofPod = (pod: typeof asker): string => netnsOf(lab, pod as KubeObject);
  const node = `/run/netns/${nodeOf(lab, 'node2').namespace}`;
  const froms = { pod: { service: ofPod(asker), direct: ofPod(other) }, node: { service: node, direct: node } };
  for (const from of Object.values(froms))
    await eventually('the service answers', async () => (await ask(from.service, service, 200)).failed === 0);
  return { pod: await rates(froms.pod, { direct, service }), node: await rates(froms.node, { direct, service }) };
}

type Ways = Readonly<Record<'direct' | 'service', string>>;

interface Count {
  readonly answered: number;
  readonly failed: number;
  readonly ms: number;
}

async function ask(netns: string, addresses: string, periodMs: number): Promise<Count> {
  const node = [process.execPath, '--conditions=@kube-ovn/source', '--disable-warning=ExperimentalWarning', PROGRAM];
  const argv = ['nsenter', `--net=${netns}`, '--', ...node, addresses, String(PORT), String(periodMs), String(AT_ONCE)];
  return JSON.parse((await runTool(argv, { timeoutMs: 60_000 })).stdout) as Count;
}

async function rates(netns: Ways, addresses: Ways): Promise<Rates> {
  const found = { direct: [] as number[], service: [] as number[] };
  const failed = { direct: 0, service: 0 };
  for (let round = 0; round < ROUNDS; round += 1)
    for (const way of ['direct', 'service'] as const) {
      const count = await ask(netns[way], addresses[way], PERIOD_MS);
      found[way].push((1000 * count.answered) / count.ms);
      failed[way] += count.failed;
    }
  return { direct: percentile(found.direct, 0.5), service: percentile(found.service, 0.5), failed: [failed.direct, failed.service] };
}
