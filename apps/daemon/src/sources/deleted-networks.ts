import { resources } from '@kube-ovn/api';
import { KubeError, type KubeClient } from '@kube-ovn/kube';

/**
 * Whether a ProviderNetwork is not there any more, by the word of a server that knows the kind: it says so of this very name, and lists the others.
 * One that has lost the kind knows nothing of it.
 * @throws {KubeError} when it can not be asked
 */
export async function isDeleted(client: Pick<KubeClient, 'get' | 'list'>, network: string): Promise<boolean> {
  try {
    await client.get(resources.providerNetwork, network);
    return false;
  } catch (error) {
    if (!(error instanceof KubeError) || error.code !== 'KUBE_NOT_FOUND') throw error;
  }
  const { items } = await client.list(resources.providerNetwork);
  return items.every(({ metadata }) => metadata.name !== network);
}
