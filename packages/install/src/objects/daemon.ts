/** The agent of each node, and the CNI plugin that it installs. */
import { spread, text, type Template, value } from '../template.ts';
import {
  confined,
  databaseVariables,
  field,
  hostFolder,
  httpProbe,
  image,
  inNamespace,
  onDatapath,
  podLabels,
  podSpec,
  vhostSockets,
  type Part,
} from './common.ts';
import { accounts } from './rights.ts';

const name = 'kube-ovn-cni';
const dpdkName = 'kube-ovn-cni-dpdk';
const metricsPort = 10665;

/**
 * All that the daemon's container keeps: links, routes, nftables and tc; raw sockets, to ask whether an address is free; and other
 * network namespaces, as well as a writable /proc/sys. The lab runs the daemon with these alone.
 */
export const daemonCapabilities: readonly string[] = ['NET_ADMIN', 'NET_RAW', 'SYS_ADMIN'];

const fromHost = { mountPropagation: 'HostToContainer' } as const;

const install: Template = {
  name: 'install-cni',
  ...image('daemon'),
  command: ['/kube-ovn/install-cni.sh'],
  env: [{ name: 'CONFLIST', value: value('cni.confName') }],
  securityContext: confined([]),
  volumeMounts: [
    { name: 'cni-bin', mountPath: '/host/cni-bin' },
    { name: 'cni-conf', mountPath: '/host/cni-conf' },
  ],
};

interface Variant {
  readonly name: string;
  readonly when?: Part['when'];
  /** Of nodes by their label for the datapath. */
  readonly operator: 'In' | 'NotIn';
  readonly security: Template;
  readonly mounts: readonly Template[];
  readonly volumes: readonly Template[];
}

function daemonSet(variant: Variant): Part {
  return {
    file: 'daemon.yaml',
    ...(variant.when !== undefined && { when: variant.when }),
    object: {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: inNamespace(variant.name, variant.name),
      spec: {
        selector: { matchLabels: { app: variant.name } },
        // interfaces of pods stay as they are while it is away; new pods wait
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%' } },
        template: {
          metadata: { labels: podLabels(variant.name) },
          spec: podSpec({
            priorityClassName: 'system-node-critical',
            serviceAccountName: accounts.daemon,
            automountServiceAccountToken: true,
            affinity: onDatapath(variant.operator),
            // the profile of container runtimes forbids mount(2), by which /proc/sys becomes writable
            securityContext: { appArmorProfile: { type: 'Unconfined' } },
            initContainers: [install],
            containers: [
              {
                name: 'cni-server',
                ...image('daemon'),
                args: [
                  text`--network-type=${'networking.tunnelType'}`,
                  text`--iface=${'networking.iface'}`,
                  text`--mtu=${'networking.mtu'}`,
                  text`--node-services=${'networking.nodeServices'}`,
                  text`--service-cluster-ip-range=${'networking.serviceCidr'}`,
                  '--metrics-address=$(POD_IP)',
                  `--pprof-port=${metricsPort}`,
                  text`--log-level=${'logLevel'}`,
                  spread('daemon.extraArgs'),
                ],
                env: [...databaseVariables, field('NODE_NAME', 'spec.nodeName'), field('POD_IP', 'status.podIP')],
                ports: [{ name: 'metrics', containerPort: metricsPort, protocol: 'TCP' }],
                resources: value('daemon.resources'),
                securityContext: variant.security,
                readinessProbe: httpProbe('/readyz', metricsPort),
                livenessProbe: httpProbe('/livez', metricsPort, { initialDelaySeconds: 30, failureThreshold: 6 }),
                volumeMounts: [
                  { name: 'run-openvswitch', mountPath: '/run/openvswitch' },
                  { name: 'netns', mountPath: '/var/run/netns', ...fromHost },
                  ...variant.mounts,
                ],
              },
            ],
            volumes: [
              hostFolder('run-openvswitch', '/run/openvswitch'),
              hostFolder('netns', '/var/run/netns'),
              hostFolder('cni-bin', value('cni.binDir')),
              hostFolder('cni-conf', value('cni.confDir')),
              ...variant.volumes,
            ],
          }),
        },
      },
    },
  };
}

export const daemonParts: readonly Part[] = [
  daemonSet({ name, operator: 'NotIn', security: confined(daemonCapabilities), mounts: [], volumes: [] }),
  daemonSet({
    name: dpdkName,
    when: 'dpdk.enabled',
    operator: 'In',
    // mounts that it makes are to be seen by Open vSwitch in its container, which Kubernetes lets privileged ones alone do
    security: { privileged: true, runAsUser: 0 },
    mounts: [
      { name: 'vhost-sockets', mountPath: vhostSockets.mountPath, mountPropagation: 'Bidirectional' },
      { name: 'kubelet', mountPath: '/var/lib/kubelet', ...fromHost },
    ],
    volumes: [vhostSockets.volume, hostFolder('kubelet', '/var/lib/kubelet', 'Directory')],
  }),
];

export const daemonMetrics = { name, port: metricsPort } as const;
export const dpdkDaemonMetrics = { name: dpdkName, port: metricsPort, when: 'dpdk.enabled' } as const;
