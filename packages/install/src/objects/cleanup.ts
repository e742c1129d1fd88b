/** For the removal of Kube-OVN: takes from every node what it put there. Its pods are ready when their nodes are clean. */
import { text, type Template, value } from '../template.ts';
import { hostFolder, image, inNamespace, podSpec, type Part } from './common.ts';
import { accounts } from './rights.ts';

const name = 'kube-ovn-cleanup';
const mount = (volume: string, mountPath: string): Template => ({ name: volume, mountPath });

export const cleanupPart: Part = {
  file: '',
  object: {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: inNamespace(name, name),
    spec: {
      selector: { matchLabels: { app: name } },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '100%' } },
      template: {
        metadata: { labels: { app: name } },
        spec: podSpec({
          priorityClassName: 'system-node-critical',
          serviceAccountName: accounts.openvswitch,
          automountServiceAccountToken: false,
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          terminationGracePeriodSeconds: 1,
          initContainers: [
            {
              name: 'clean',
              ...image('openvswitch'),
              command: ['/kube-ovn/clean-node.sh'],
              env: [{ name: 'CONFLIST', value: text`${'cni.confName'}` }],
              securityContext: { privileged: true, runAsUser: 0 },
              volumeMounts: [
                mount('run-openvswitch', '/var/run/openvswitch'),
                mount('cni-bin', '/host/cni-bin'),
                mount('cni-conf', '/host/cni-conf'),
                mount('config', '/etc/openvswitch'),
                mount('data', '/host/ovn'),
              ],
            },
          ],
          containers: [{ name: 'done', ...image('openvswitch'), command: ['sleep', 'infinity'] }],
          volumes: [
            hostFolder('run-openvswitch', '/run/openvswitch'),
            hostFolder('cni-bin', value('cni.binDir')),
            hostFolder('cni-conf', value('cni.confDir')),
            hostFolder('config', value('openvswitch.configDir')),
            hostFolder('data', value('central.dataDir')),
          ],
        }),
      },
    },
  },
};
