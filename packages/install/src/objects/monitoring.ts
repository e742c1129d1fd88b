/** Where metrics are: a Service of each program, and for Prometheus' operator a ServiceMonitor. */
import { inNamespace, type Part } from './common.ts';
import { controllerMetrics } from './controller.ts';
import { daemonMetrics, dpdkDaemonMetrics } from './daemon.ts';
import { pingerMetrics } from './pinger.ts';
import { speakerMetrics } from './speaker.ts';

interface Measured {
  readonly name: string;
  readonly port: number;
  readonly when?: 'speaker.enabled' | 'dpdk.enabled' | 'pinger.enabled';
}

export const monitoringParts: readonly Part[] = [
  controllerMetrics,
  daemonMetrics,
  dpdkDaemonMetrics,
  speakerMetrics,
  pingerMetrics,
].flatMap(({ name, port, when: condition }: Measured): readonly Part[] => [
  {
    file: 'monitoring.yaml',
    ...(condition !== undefined && { when: condition }),
    object: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: inNamespace(name, name),
      spec: { clusterIP: 'None', selector: { app: name }, ports: [{ name: 'metrics', port, protocol: 'TCP' }] },
    },
  },
  {
    file: 'monitoring.yaml',
    when: 'monitoring.serviceMonitor',
    object: {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'ServiceMonitor',
      metadata: inNamespace(name, name),
      spec: { selector: { matchLabels: { app: name } }, endpoints: [{ port: 'metrics', interval: '15s' }] },
    },
  },
]);
