/** Services whose endpoints are written by hand, so that their number is not bounded by that of pods. */
import { type EndpointSlice, resources } from '@kube-ovn/api';
import type { Lab } from '../src/lab/lab.ts';

const AT_ONCE = 16;
const PORT = 8080;

/** Addresses that no pod has; each number is another one, below 2^16. */
export function backendAddress(number: number): string {
  return `10.77.${number >> 8}.${number & 255}`;
}

/** The slice of one service. */
export function sliceOf(namespace: string, index: number, addresses: readonly string[]): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `many-${index}-1`, namespace, labels: { 'kubernetes.io/service-name': `many-${index}` } },
    addressType: 'IPv4',
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports: [{ name: 'web', port: PORT, protocol: 'TCP' }],
  };
}

/** Make services and their slices, and return the endpoints of each. */
export async function createServices(
  { client }: Lab,
  namespace: string,
  size: { readonly services: number; readonly endpoints: number },
): Promise<readonly string[][]> {
  const all = Array.from({ length: size.services }, (_, index) =>
    Array.from({ length: size.endpoints }, (_unused, each) => backendAddress(index * size.endpoints + each)),
  );
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < all.length) {
      const index = next++;
      await client.create(resources.service, {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: `many-${index}`, namespace },
        spec: { ports: [{ name: 'web', port: 80, targetPort: PORT }] },
      });
      await client.create(resources.endpointSlice, sliceOf(namespace, index, all[index] ?? []));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return all;
}
