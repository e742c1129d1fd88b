import { setTimeout as sleep } from 'node:timers/promises';
import { type KubeClient, kubeClient } from '@kube-ovn/kube';
import { checkCluster } from './check/check.ts';
import type { ClusterFacts } from './check/facts.ts';
import { type CheckOptions, help, parseOptions, UsageError } from './options.ts';
import { printFindings, printText } from './print.ts';
import { readKubernetes } from './read/kubernetes.ts';
import { readNode } from './read/node.ts';
import { readNorthbound } from './read/northbound.ts';

const LOOK_AGAIN_MS = 500;

async function gather(client: KubeClient, options: CheckOptions): Promise<ClusterFacts> {
  const [kubernetes, ports, interfaces] = await Promise.all([
    readKubernetes(client),
    readNorthbound(options.northbound),
    Promise.all([...options.nodes].map(([node, remote]) => readNode(node, remote))),
  ]);
  return { ...kubernetes, ports, interfaces: options.nodes.size === 0 ? undefined : interfaces.flat() };
}

async function check(options: CheckOptions): Promise<number> {
  const client = kubeClient(options.kubeconfig === undefined ? {} : { kubeconfig: options.kubeconfig });
  try {
    const untilMs = Date.now() + options.waitMs;
    for (;;) {
      const facts = await gather(client, options);
      const findings = checkCluster(facts);
      if (findings.length > 0 && Date.now() < untilMs) {
        await sleep(LOOK_AGAIN_MS);
        continue;
      }
      console.log(options.output === 'json' ? printFindings(facts, findings) : printText(facts, findings));
      return findings.length === 0 ? 0 : 1;
    }
  } finally {
    client.close();
  }
}

async function main(): Promise<number> {
  try {
    const options = parseOptions(process.argv.slice(2), process.env);
    if (options !== undefined) return await check(options);
    console.log(help);
    return 0;
  } catch (error) {
    console.error(`ko: ${error instanceof Error ? error.message : String(error)}`);
    return error instanceof UsageError ? 2 : 3;
  }
}

process.exitCode = await main();
