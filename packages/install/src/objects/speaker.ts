/** The BGP speaker, on the nodes that announce. */
import { spread, text, value } from '../template.ts';
import { confined, field, httpProbe, image, inNamespace, podLabels, podSpec, type Part } from './common.ts';
import { accounts } from './rights.ts';

const name = 'kube-ovn-speaker';
const metricsPort = 10667;

/** BGP's own port, BFD on a link, and what BIRD asks of the kernel. */
export const speakerCapabilities: readonly string[] = ['NET_ADMIN', 'NET_BIND_SERVICE', 'NET_RAW'];

export const speakerParts: readonly Part[] = [
  {
    file: 'speaker.yaml',
    when: 'speaker.enabled',
    object: {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: inNamespace(name, name),
      spec: {
        selector: { matchLabels: { app: name } },
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
        template: {
          metadata: { labels: podLabels(name) },
          spec: podSpec({
            priorityClassName: 'system-node-critical',
            serviceAccountName: accounts.speaker,
            automountServiceAccountToken: true,
            nodeSelector: value('speaker.nodeSelector'),
            containers: [
              {
                name,
                ...image('speaker'),
                args: [
                  '--metrics-address=$(POD_IP)',
                  `--pprof-port=${metricsPort}`,
                  text`--log-level=${'logLevel'}`,
                  spread('speaker.extraArgs'),
                ],
                env: [field('NODE_NAME', 'spec.nodeName'), field('POD_IP', 'status.podIP'), field('POD_NAMESPACE', 'metadata.namespace')],
                ports: [{ name: 'metrics', containerPort: metricsPort, protocol: 'TCP' }],
                resources: value('speaker.resources'),
                securityContext: confined(speakerCapabilities),
                readinessProbe: httpProbe('/readyz', metricsPort),
                livenessProbe: httpProbe('/livez', metricsPort, { initialDelaySeconds: 15, failureThreshold: 6 }),
                volumeMounts: [{ name: 'run', mountPath: '/run/kube-ovn-speaker' }],
              },
            ],
            volumes: [{ name: 'run', emptyDir: { medium: 'Memory' } }],
          }),
        },
      },
    },
  },
];

export const speakerMetrics = { name, port: metricsPort, when: 'speaker.enabled' } as const;
