/**
 * Take the lab's objects out of an API server that is not the lab's own: the demo, whatever else runs on the lab's
 * nodes, and the nodes. Kube-OVN still runs, so that its finalizers are honoured.
 */
import { resources, type KubeObject, type Resource } from '@kube-ovn/api';
import { KubeError, type KubeClient } from '@kube-ovn/kube';
import { demoManifests } from '../demo/demo.ts';
import { describeError } from '../errors.ts';
import type { Layout } from '../infra/layout.ts';
import { waitFor } from '../infra/wait.ts';
import { deleteManifests } from './manifests.ts';

const PATIENCE_MS = 30_000;

/** Never fails: what could not be taken out is said. */
export async function withdraw(
  lab: { readonly layout: Layout; readonly client: KubeClient },
  progress: (text: string) => void,
): Promise<void> {
  const { layout, client } = lab;
  try {
    progress("removing the lab's objects from the API server");
    // Workloads first and namespaces last: a subnet goes when nothing uses it any more.
    const manifests = demoManifests(layout);
    const subnets = manifests.filter(({ kind }) => kind === 'Subnet');
    const others = manifests.filter(({ kind }) => kind !== 'Subnet');
    await deleteManifests(client, others);
    await goneOf(
      client,
      resources.namespace,
      others.filter(({ kind }) => kind === 'Namespace'),
    );
    await deleteManifests(client, subnets);
    await goneOf(client, resources.subnet, subnets);
    for (const { name } of layout.nodeList) await client.delete(resources.node, name).catch(ignoreNotFound);
  } catch (error) {
    progress(`not all of the lab's objects could be removed from the API server: ${describeError(error)}`);
  }
}

async function goneOf(client: KubeClient, resource: Resource<KubeObject>, objects: readonly KubeObject[]): Promise<void> {
  const names = new Set(objects.map(({ metadata }) => metadata.name));
  await waitFor(
    `${resource.plural} ${[...names].join(', ')} gone`,
    async () => !(await client.list(resource)).items.some(({ metadata }) => names.has(metadata.name)),
    { timeoutMs: PATIENCE_MS, intervalMs: 200 },
  );
}

function ignoreNotFound(error: unknown): void {
  if (!(error instanceof KubeError) || error.code !== 'KUBE_NOT_FOUND') throw error;
}
