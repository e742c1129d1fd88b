/** The databases of OVN and northd: one pod on each of the chosen nodes, members of two RAFT clusters. */
import { count, text, value } from '../template.ts';
import {
  confined,
  CONFIG_MAP,
  databaseVariables,
  field,
  hostFolder,
  image,
  inNamespace,
  podLabels,
  podSpec,
  tlsMount,
  tlsVolume,
  type Part,
} from './common.ts';
import { accounts } from './rights.ts';

const name = 'ovn-central';

export const centralParts: readonly Part[] = [
  {
    file: 'central.yaml',
    object: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: inNamespace(CONFIG_MAP, 'kube-ovn'),
      data: { 'central-addresses': text`${'central.addresses'}` },
    },
  },
  {
    file: 'central.yaml',
    object: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: inNamespace(name, name),
      spec: {
        clusterIP: 'None',
        publishNotReadyAddresses: true,
        selector: { app: name },
        ports: [
          { name: 'nb', port: 6641, protocol: 'TCP' },
          { name: 'sb', port: 6642, protocol: 'TCP' },
        ],
      },
    },
  },
  {
    file: 'central.yaml',
    object: {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: inNamespace(name, name),
      spec: {
        replicas: count('central.addresses'),
        serviceName: name,
        // members wait for each other when a cluster is made; later they go one after the other, each ready before the next
        podManagementPolicy: 'Parallel',
        updateStrategy: { type: 'RollingUpdate' },
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: podLabels(name) },
          spec: podSpec({
            priorityClassName: 'system-cluster-critical',
            serviceAccountName: accounts.openvswitch,
            automountServiceAccountToken: false,
            nodeSelector: value('central.nodeSelector'),
            affinity: {
              podAntiAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: [
                  { labelSelector: { matchLabels: { app: name } }, topologyKey: 'kubernetes.io/hostname' },
                ],
              },
            },
            terminationGracePeriodSeconds: 30,
            containers: [
              {
                name,
                ...image('openvswitch'),
                command: ['/kube-ovn/start-central.sh'],
                env: [...databaseVariables, field('POD_IP', 'status.podIP')],
                resources: value('central.resources'),
                securityContext: confined([]),
                readinessProbe: {
                  exec: { command: ['/kube-ovn/central-ready.sh'] },
                  periodSeconds: 5,
                  timeoutSeconds: 10,
                  failureThreshold: 3,
                },
                livenessProbe: {
                  exec: { command: ['/kube-ovn/central-alive.sh'] },
                  initialDelaySeconds: 60,
                  periodSeconds: 15,
                  timeoutSeconds: 30,
                  failureThreshold: 5,
                },
                volumeMounts: [{ name: 'run-ovn', mountPath: '/var/run/ovn' }, { name: 'data', mountPath: '/etc/ovn' }, tlsMount],
              },
            ],
            volumes: [hostFolder('run-ovn', '/run/ovn'), hostFolder('data', value('central.dataDir')), tlsVolume(false)],
          }),
        },
      },
    },
  },
  {
    file: 'central.yaml',
    object: {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: inNamespace(name, name),
      spec: { maxUnavailable: 1, selector: { matchLabels: { app: name } } },
    },
  },
];
