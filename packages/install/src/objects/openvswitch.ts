/** Open vSwitch and ovn-controller on every node; with DPDK on those that are labelled so. */
import { type Template, value } from '../template.ts';
import {
  confined,
  databaseVariables,
  hostFolder,
  image,
  inNamespace,
  onDatapath,
  podLabels,
  podSpec,
  tlsMount,
  tlsVolume,
  vhostSockets,
  type ImageName,
  type Part,
} from './common.ts';
import { accounts } from './rights.ts';

/** What Open vSwitch with the kernel's datapath needs. */
const capabilities = ['NET_ADMIN', 'NET_BROADCAST', 'NET_RAW', 'SYS_NICE', 'IPC_LOCK'];

interface Variant {
  readonly name: string;
  readonly app: string;
  readonly image: ImageName;
  readonly when?: Part['when'];
  readonly placement: { readonly [field: string]: Template };
  readonly initContainers: readonly Template[];
  readonly security: Template;
  readonly resources: Template;
  readonly variables: readonly Template[];
  readonly mounts: readonly Template[];
  readonly volumes: readonly Template[];
}

function daemonSet(variant: Variant): Part {
  const { name, app } = variant;
  const probe = { exec: { command: ['/kube-ovn/ovs-alive.sh'] }, periodSeconds: 5, timeoutSeconds: 20 };
  return {
    file: 'openvswitch.yaml',
    ...(variant.when !== undefined && { when: variant.when }),
    object: {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: inNamespace(name, app),
      spec: {
        selector: { matchLabels: { app } },
        updateStrategy: { type: value('openvswitch.updateStrategy') },
        template: {
          metadata: { labels: podLabels(app) },
          spec: podSpec({
            priorityClassName: 'system-node-critical',
            serviceAccountName: accounts.openvswitch,
            automountServiceAccountToken: false,
            ...variant.placement,
            terminationGracePeriodSeconds: 20,
            initContainers: variant.initContainers,
            containers: [
              {
                name: 'openvswitch',
                ...image(variant.image),
                command: ['/kube-ovn/start-ovs.sh'],
                env: [...databaseVariables, ...variant.variables],
                resources: variant.resources,
                securityContext: variant.security,
                readinessProbe: { ...probe, failureThreshold: 3 },
                livenessProbe: { ...probe, initialDelaySeconds: 60, failureThreshold: 6 },
                volumeMounts: [
                  { name: 'run-openvswitch', mountPath: '/var/run/openvswitch' },
                  { name: 'run-ovn', mountPath: '/var/run/ovn' },
                  { name: 'config', mountPath: '/etc/openvswitch' },
                  tlsMount,
                  ...variant.mounts,
                ],
              },
            ],
            volumes: [
              hostFolder('run-openvswitch', '/run/openvswitch'),
              hostFolder('run-ovn', '/run/ovn'),
              hostFolder('config', value('openvswitch.configDir')),
              tlsVolume(true),
              ...variant.volumes,
            ],
          }),
        },
      },
    },
  };
}

export const openvswitchParts: readonly Part[] = [
  daemonSet({
    name: 'ovs-ovn',
    app: 'ovs',
    image: 'openvswitch',
    placement: { affinity: onDatapath('NotIn') },
    initContainers: [
      {
        name: 'kernel-module',
        ...image('openvswitch'),
        command: ['/kube-ovn/load-module.sh'],
        securityContext: confined(['SYS_MODULE']),
        volumeMounts: [{ name: 'modules', mountPath: '/lib/modules', readOnly: true }],
      },
    ],
    security: confined(capabilities),
    resources: value('openvswitch.resources'),
    variables: [],
    mounts: [],
    volumes: [hostFolder('modules', '/lib/modules', '')],
  }),
  daemonSet({
    name: 'ovs-ovn-dpdk',
    app: 'ovs-dpdk',
    image: 'openvswitch-dpdk',
    when: 'dpdk.enabled',
    placement: { affinity: onDatapath('In') },
    initContainers: [],
    // devices of the host, which no capability gives
    security: { privileged: true, runAsUser: 0 },
    resources: value('dpdk.resources'),
    variables: [{ name: 'OVS_PROGRAM', value: 'ovs-vswitchd-dpdk' }],
    mounts: [
      { name: 'hugepages', mountPath: '/dev/hugepages' },
      { name: 'devices', mountPath: '/dev' },
      { name: 'vhost-sockets', mountPath: vhostSockets.mountPath, mountPropagation: 'HostToContainer' },
    ],
    volumes: [{ name: 'hugepages', emptyDir: { medium: 'HugePages' } }, hostFolder('devices', '/dev', 'Directory'), vhostSockets.volume],
  }),
];
