/** Entry of the lab's kubelet: one process per node, inside the node's network namespace. */
import { observe, watchCell } from '@kube-ovn/dataflow';
import { eventRecorder, informer, kubeClient } from '@kube-ovn/kube';
import { describeError } from '../errors.ts';
import { pause } from '../infra/wait.ts';
import { makeAuthority, makeServerCertificate } from '@kube-ovn/kube/certificates';
import { podApi, podResource } from './api/pod-api.ts';
import { KUBELET_USAGE, parseKubeletConfig } from './config.ts';
import { Kubelet } from './kubelet.ts';
import { readNodeFacts } from './node/facts.ts';
import { KUBELET_PORT } from './node/node-object.ts';
import { NodeRegistration } from './node/registration.ts';
import { kubeletServer } from './server/server.ts';

const NETWORK_ABSENT_MS = 300;
const NETWORK_PRESENT_MS = 5_000;
const GARBAGE_MS = 300_000;

async function main(): Promise<void> {
  if (process.argv.includes('--help')) return void process.stdout.write(`${KUBELET_USAGE}\n`);
  const config = parseKubeletConfig(process.argv.slice(2));
  const report = (message: string): void => void process.stderr.write(`${new Date().toISOString()} ${message}\n`);
  const stop = new AbortController();
  const clock = { now: () => Date.now() };
  const client = kubeClient({ kubeconfig: config.kubeconfig, fieldManager: 'kubelet' });
  const events = eventRecorder(client, 'kubelet', { host: config.node });
  const pods = informer(client, podResource, { fieldSelector: `spec.nodeName=${config.node}` });
  const kubelet = new Kubelet({
    ...config,
    nodeName: config.node,
    hostAddresses: config.addresses,
    resolver: { clusterDns: config.clusterDns, clusterDomain: 'cluster.local' },
    api: podApi({ client, events, written: (pod) => pods.upsert(pod) }),
    clock,
  });
  const server = kubeletServer(kubelet.served(), clock.now);
  await server.listenUnix(config.socket);
  const authority = await makeAuthority(`kubelet of ${config.node}`, { nowMs: clock.now() });
  const pair = await makeServerCertificate(authority, [config.node, config.managementAddress], { nowMs: clock.now() });
  await server.listenTls({ host: config.managementAddress, port: KUBELET_PORT }, pair);

  const facts = readNodeFacts({ name: config.node, addresses: config.addresses, socket: config.socket });
  const readiness = (): { isReady: boolean; message: string } => ({
    isReady: kubelet.network.config !== undefined,
    message: kubelet.network.message,
  });
  const registration = new NodeRegistration({ client, facts, clock, readiness, signal: stop.signal, report });
  await kubelet.refreshNetwork();
  await registration.register();
  report(`node ${config.node} registered`);

  observe(pods.table, (key, pod) => kubelet.update(key, pod));
  watchCell(pods.synced, (isSynced) => {
    if (isSynced) void kubelet.removeOrphans(report);
  });
  watchCell(pods.problem, (problem) => {
    if (problem !== undefined) report(`pods: ${describeError(problem)}`);
  });
  const garbage = setInterval(
    () => void kubelet.collectGarbage().catch((error: unknown) => report(`CNI GC: ${describeError(error)}`)),
    GARBAGE_MS,
  );
  void watchNetwork();

  /** Follow the network's readiness: closely while it is not there, seldom afterwards, since asking starts a plugin. */
  async function watchNetwork(): Promise<void> {
    while (!stop.signal.aborted) {
      const before = readiness();
      const { config: found, message } = await kubelet.refreshNetwork();
      if ((found !== undefined) !== before.isReady) {
        report(found === undefined ? `network not ready: ${message}` : `network ready: ${found.name}`);
        await registration.refresh().catch((error: unknown) => report(describeError(error)));
      }
      await pause(found === undefined ? NETWORK_ABSENT_MS : NETWORK_PRESENT_MS, stop.signal).catch(() => undefined);
    }
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      stop.abort();
      clearInterval(garbage);
      kubelet.release();
      pods[Symbol.dispose]();
      client.close();
      void server[Symbol.asyncDispose]().then(() => process.exit(0));
    });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`kubelet: ${describeError(error)}\n`);
  process.exit(1);
});
