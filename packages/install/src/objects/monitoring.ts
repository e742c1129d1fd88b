/** Where metrics are: a Service of each program, and for Prometheus' operator a ServiceMonitor; alerts and a dashboard. */
import { alerts } from '../monitoring/alerts.ts';
import { dashboardText } from '../monitoring/dashboard.ts';
import { value } from '../template.ts';
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

const programs: readonly Part[] = [controllerMetrics, daemonMetrics, dpdkDaemonMetrics, speakerMetrics, pingerMetrics].flatMap(
  ({ name, port, when: condition }: Measured): readonly Part[] => [
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
      when: condition === undefined ? 'monitoring.serviceMonitor' : [condition, 'monitoring.serviceMonitor'],
      object: {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'ServiceMonitor',
        metadata: inNamespace(name, name),
        spec: { selector: { matchLabels: { app: name } }, endpoints: [{ port: 'metrics', interval: '15s' }] },
      },
    },
  ],
);

const name = 'kube-ovn';

export const monitoringParts: readonly Part[] = [
  ...programs,
  {
    file: 'monitoring.yaml',
    when: 'monitoring.alerts',
    object: {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: inNamespace(name, name),
      spec: {
        groups: [
          {
            name,
            rules: alerts.map(({ alert, expr, for: lasting, severity, summary }) => ({
              alert,
              expr,
              for: lasting,
              labels: { severity },
              annotations: { summary },
            })),
          },
        ],
      },
    },
  },
  {
    file: 'monitoring.yaml',
    when: 'monitoring.dashboard',
    object: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'kube-ovn-dashboard',
        namespace: value('namespace'),
        labels: { app: name, 'app.kubernetes.io/part-of': name, grafana_dashboard: '1' },
      },
      data: { 'kube-ovn.json': dashboardText() },
    },
  },
];
