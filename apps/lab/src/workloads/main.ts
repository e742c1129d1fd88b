/** Runs the workload controllers and the scheduler against the API server of a kubeconfig. */
import { parseArgs } from 'node:util';
import { kubeClient } from '@kube-ovn/kube';
import { startWorkloads } from './wire.ts';

const help = `usage: workloads --kubeconfig FILE [--node-monitor-grace-period SECONDS]

Runs a scheduler and the controllers of Deployment, ReplicaSet, StatefulSet, DaemonSet, Endpoints, EndpointSlice, default
service accounts and node health. For the lab: a real cluster has its own kube-controller-manager and kube-scheduler.
`;

const { values } = parseArgs({
  options: {
    kubeconfig: { type: 'string' },
    'node-monitor-grace-period': { type: 'string', default: '40' },
    help: { type: 'boolean', default: false },
  },
});
const report = (line: string): void => void process.stderr.write(`${new Date().toISOString()} ${line}\n`);
const graceSeconds = Number(values['node-monitor-grace-period']);

if (values.help) {
  process.stdout.write(help);
} else if (values.kubeconfig === undefined || !(graceSeconds > 0)) {
  process.stderr.write(help);
  process.exitCode = 2;
} else {
  const client = kubeClient({ kubeconfig: values.kubeconfig, fieldManager: 'lab-workloads' });
  const workloads = startWorkloads({ client, report, nodeGraceMs: graceSeconds * 1000 });
  const stop = (): void => {
    workloads[Symbol.dispose]();
    client.close();
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  await workloads.synced();
  process.stdout.write('ready: workload controllers and scheduler\n');
}
