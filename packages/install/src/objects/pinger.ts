/** The pinger, in a pod of the network itself on each node. */
import { spread, text, value } from '../template.ts';
import { field, httpProbe, image, inNamespace, podLabels, podSpec, type Part } from './common.ts';
import { accounts } from './rights.ts';

const name = 'kube-ovn-pinger';
const metricsPort = 8080;

export const pingerParts: readonly Part[] = [
  {
    file: 'pinger.yaml',
    when: 'pinger.enabled',
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
            hostNetwork: false,
            dnsPolicy: 'ClusterFirst',
            serviceAccountName: accounts.pinger,
            automountServiceAccountToken: true,
            nodeSelector: { 'kubernetes.io/os': 'linux' },
            terminationGracePeriodSeconds: 5,
            containers: [
              {
                name: 'pinger',
                ...image('pinger'),
                args: [`--port=${metricsPort}`, text`--log-level=${'logLevel'}`, spread('pinger.extraArgs')],
                env: [
                  field('NODE_NAME', 'spec.nodeName'),
                  field('POD_NAMESPACE', 'metadata.namespace'),
                  field('POD_IP', 'status.podIP'),
                  field('POD_IPS', 'status.podIPs'),
                ],
                ports: [{ name: 'metrics', containerPort: metricsPort, protocol: 'TCP' }],
                resources: value('pinger.resources'),
                securityContext: {
                  privileged: false,
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  runAsUser: 0,
                  // for echo requests
                  capabilities: { drop: ['ALL'], add: ['NET_RAW'] },
                  seccompProfile: { type: 'RuntimeDefault' },
                },
                readinessProbe: httpProbe('/readyz', metricsPort),
                livenessProbe: httpProbe('/livez', metricsPort, { initialDelaySeconds: 15, failureThreshold: 6 }),
              },
            ],
          }),
        },
      },
    },
  },
];

export const pingerMetrics = { name, port: metricsPort, when: 'pinger.enabled' } as const;
