/** KubeVirt as far as the controller sees it: its two kinds, and the pods that it makes. */
import {
  type CustomResourceDefinition,
  type KubeObject,
  type OwnerReference,
  type Pod,
  type Resource,
  resources,
  type VirtualMachine,
  type VirtualMachineInstance,
} from '@kube-ovn/api';
import type { KubeClient } from '@kube-ovn/kube';
import { podObject, type PodOptions } from './objects.ts';
import { eventually } from './wait.ts';

function crd({ apiVersion, kind, plural }: Resource<KubeObject>): CustomResourceDefinition {
  const [group = '', version = ''] = apiVersion.split('/');
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      scope: 'Namespaced',
      versions: [{ name: version, served: true, storage: true, schema }],
    },
  } as unknown as CustomResourceDefinition;
}

/** Make both kinds known, and wait until they are served. */
export async function installKubevirt(kube: KubeClient): Promise<void> {
  for (const resource of [resources.virtualMachine, resources.virtualMachineInstance]) {
    await kube.create(resources.customResourceDefinition, crd(resource));
    await eventually(() => kube.list<KubeObject>(resource).then(Boolean));
  }
}

/** In namespace `shop`. */
export function machineObject(name: string): VirtualMachine {
  return { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: { name, namespace: 'shop' }, spec: { template: { spec: {} } } };
}

/** A run of a machine; on a node, or not yet. */
export function instanceObject(name: string, nodeName?: string): VirtualMachineInstance {
  const metadata = { name, namespace: 'shop' };
  const status = nodeName === undefined ? {} : { nodeName };
  return { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstance', metadata, spec: {}, status };
}

/** A pod that runs a machine: `virt-launcher-<machine>-<suffix>`. */
export function launcherObject(instance: VirtualMachineInstance, suffix: string, options: PodOptions = {}): Pod {
  const { name, uid = '' } = instance.metadata;
  const pod = podObject(`virt-launcher-${name}-${suffix}`, options);
  const owner: OwnerReference = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstance', name, uid, controller: true };
  return { ...pod, metadata: { ...pod.metadata, ownerReferences: [owner] }, spec: { ...pod.spec, restartPolicy: 'Never' } };
}
