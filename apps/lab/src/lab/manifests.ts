/** Read manifests and apply them, as `kubectl apply --server-side` does. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resources, type KubeObject, type Resource } from '@kube-ovn/api';
import { KubeError, type KubeClient } from '@kube-ovn/kube';
import { parseAllDocuments } from 'yaml';
import { LabError } from '../errors.ts';
import { waitFor } from '../infra/wait.ts';

/** The objects of some files, in order; a folder stands for its `.yaml` files by name. */
export function readManifests(...paths: readonly string[]): readonly KubeObject[] {
  return paths.flatMap(filesOf).flatMap((file) =>
    parseAllDocuments(readFileSync(file, 'utf8')).flatMap((document) => {
      const [error] = document.errors ?? [];
      if (error !== undefined) throw new LabError('LAB_USAGE', `${file}: ${error.message}`);
      const object = document.toJS() as KubeObject | null;
      return object === null ? [] : [object];
    }),
  );
}

function filesOf(path: string): readonly string[] {
  return path.endsWith('.yaml')
    ? [path]
    : readdirSync(path)
        .filter((name) => name.endsWith('.yaml'))
        .toSorted()
        .map((name) => join(path, name));
}

const APPS: Readonly<Record<string, string>> = { Deployment: 'deployments', StatefulSet: 'statefulsets', DaemonSet: 'daemonsets' };
const RBAC: Readonly<Record<string, string>> = {
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
  Role: 'roles',
  RoleBinding: 'rolebindings',
};

/** The resource of an object's kind. @throws {LabError} LAB_USAGE for a kind that manifests of the lab don't have */
export function resourceOf(object: KubeObject): Resource<KubeObject> {
  const { apiVersion = '', kind = '' } = object;
  const plural = APPS[kind];
  if (apiVersion === 'apps/v1' && plural !== undefined) return { apiVersion, kind, plural, namespaced: true };
  const ofRoles = RBAC[kind];
  if (apiVersion === 'rbac.authorization.k8s.io/v1' && ofRoles !== undefined)
    return { apiVersion, kind, plural: ofRoles, namespaced: !kind.startsWith('Cluster') };
  if (kind === 'CustomResourceDefinition') return { apiVersion, kind, plural: 'customresourcedefinitions', namespaced: false };
  const known = Object.values(resources).find((resource) => resource.apiVersion === apiVersion && resource.kind === kind);
  if (known === undefined)
    throw new LabError('LAB_USAGE', `manifest ${object.metadata.name}: kind ${apiVersion} ${kind} is not one that the lab applies`);
  return known as Resource<KubeObject>;
}

/** Apply objects in order. */
export async function applyManifests(client: KubeClient, objects: readonly KubeObject[]): Promise<void> {
  for (const object of objects) {
    const resource = resourceOf(object);
    await client.patch(resource, keyOf(object), object, { type: 'apply', fieldManager: 'lab', force: true });
  }
}

/** Delete objects, last first; what is gone is fine. */
export async function deleteManifests(client: KubeClient, objects: readonly KubeObject[]): Promise<void> {
  for (const object of objects.toReversed()) {
    try {
      await client.delete(resourceOf(object), keyOf(object));
    } catch (error) {
      if (!(error instanceof KubeError) || error.code !== 'KUBE_NOT_FOUND') throw error;
    }
  }
}

interface WithConditions extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Apply CustomResourceDefinitions and wait until the server serves them. */
export async function applyDefinitions(client: KubeClient, definitions: readonly KubeObject[]): Promise<void> {
  await applyManifests(client, definitions);
  for (const definition of definitions) {
    const name = definition.metadata.name;
    await waitFor(
      `CustomResourceDefinition ${name} established`,
      async () => {
        const { status } = (await client.get(resourceOf(definition), name)) as WithConditions;
        return status?.conditions?.some((condition) => condition.type === 'Established' && condition.status === 'True') === true;
      },
      { timeoutMs: 15_000 },
    );
  }
}

export function keyOf({ metadata }: KubeObject): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}
