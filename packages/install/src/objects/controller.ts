/** The cluster's brain: replicas of which one leads. */
import { spread, text, value, when } from '../template.ts';
import { databaseVariables, field, httpProbe, image, inNamespace, podLabels, podSpec, tlsFiles, tlsSecret, type Part } from './common.ts';
import { accounts } from './rights.ts';

const name = 'kube-ovn-controller';
const metricsPort = 10660;
/** Of nobody; the files of the Secret are given to its group. */
const user = 65_534;

export const controllerParts: readonly Part[] = [
  {
    file: 'controller.yaml',
    object: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: inNamespace(name, name),
      spec: {
        replicas: value('controller.replicas'),
        // on the host's network: two of them do not fit on one node
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: podLabels(name) },
          spec: podSpec({
            priorityClassName: 'system-cluster-critical',
            serviceAccountName: accounts.controller,
            automountServiceAccountToken: true,
            nodeSelector: value('controller.nodeSelector'),
            affinity: {
              podAntiAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: [
                  { labelSelector: { matchLabels: { app: name } }, topologyKey: 'kubernetes.io/hostname' },
                ],
              },
            },
            securityContext: {
              runAsNonRoot: true,
              runAsUser: user,
              runAsGroup: user,
              fsGroup: user,
              seccompProfile: { type: 'RuntimeDefault' },
            },
            containers: [
              {
                name,
                ...image('controller'),
                args: [
                  text`--default-cidr=${'networking.podCidr'}`,
                  text`--default-gateway=${'networking.podGateway'}`,
                  text`--node-switch-cidr=${'networking.joinCidr'}`,
                  text`--service-cluster-ip-range=${'networking.serviceCidr'}`,
                  text`--external-gateway-config-ns=${'namespace'}`,
                  `--pprof-port=${metricsPort}`,
                  when('webhook.enabled', text`--webhook-port=${'webhook.port'}`),
                  when('webhook.enabled', text`--webhook-failure-policy=${'webhook.failurePolicy'}`),
                  when('controller.webPort', text`--web-address=127.0.0.1:${'controller.webPort'}`),
                  when('tls.enabled', text`--tls-secret=${'tls.secretName'}`),
                  when('tls.enabled', text`--tls-renew=${'tls.renew'}`),
                  text`--log-level=${'logLevel'}`,
                  spread('controller.extraArgs'),
                ],
                env: [
                  ...databaseVariables,
                  field('POD_IP', 'status.podIP'),
                  field('POD_NAME', 'metadata.name'),
                  field('POD_NAMESPACE', 'metadata.namespace'),
                ],
                ports: [{ name: 'metrics', containerPort: metricsPort, protocol: 'TCP' }],
                resources: value('controller.resources'),
                securityContext: {
                  privileged: false,
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ['ALL'] },
                },
                readinessProbe: httpProbe('/readyz', metricsPort),
                livenessProbe: httpProbe('/livez', metricsPort, { initialDelaySeconds: 15, failureThreshold: 6 }),
                volumeMounts: when('tls.enabled', [tlsFiles]),
              },
            ],
            volumes: when('tls.enabled', [tlsSecret(true)]),
          }),
        },
      },
    },
  },
  {
    file: 'controller.yaml',
    object: {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: inNamespace(name, name),
      spec: { maxUnavailable: 1, selector: { matchLabels: { app: name } } },
    },
  },
];

/** What Prometheus asks. */
export const controllerMetrics = { name, port: metricsPort } as const;
