/** The objects that every cluster has before anyone asks. */
import { firstAddress, formatAddress, parseCidrBlock } from '@kube-ovn/ipam';
import type { Api } from './api.ts';
import type { KubeObject } from './object.ts';
import { storageKey } from './object.ts';
import { createObject } from './operations/create.ts';
import { systemUser } from './lifecycle/system.ts';
import { internal } from './status.ts';

/** What the `kubernetes` service shows. */
export interface Bootstrap {
  readonly serviceClusterIpRange: string;
  /** where pods reach the API server */
  readonly advertise: { readonly address: string; readonly port: number };
}

const namespaces = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

/** Make what is missing: namespaces, and the `kubernetes` service with its endpoints. */
export async function bootstrap(api: Api, options: Bootstrap): Promise<void> {
  for (const name of namespaces) await ensure(api, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const { address, port } = options.advertise;
  const labels = { component: 'apiserver', provider: 'kubernetes' };
  await ensure(api, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubernetes', namespace: 'default', labels },
    spec: { clusterIP: firstHost(options.serviceClusterIpRange), ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: port }] },
  });
  await ensure(api, {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip: address }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  });
  await ensure(api, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: address.includes(':') ? 'IPv6' : 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  });
}

function firstHost(range: string): string {
  const block = parseCidrBlock(range);
  const prefix = range.trim().split(',')[0]?.includes(':') === true ? block.v6 : block.v4;
  if (prefix === undefined) throw internal(`the service address range "${range}" is empty`);
  const base = firstAddress(prefix);
  return formatAddress(base.family === 4 ? { family: 4, value: base.value + 1 } : { family: 6, value: base.value + 1n });
}

async function ensure(api: Api, object: KubeObject): Promise<void> {
  const slash = object.apiVersion.indexOf('/');
  const resource = api.registry.findKind(
    slash < 0 ? '' : object.apiVersion.slice(0, slash),
    object.apiVersion.slice(slash + 1),
    object.kind,
  );
  if (resource === undefined) throw internal(`${object.kind} is not served`);
  const { name = '', namespace } = object.metadata;
  if (api.store.get(resource.storage, storageKey(namespace, name)) !== undefined) return;
  await createObject(api, { resource, ...(namespace === undefined ? {} : { namespace }) }, object, systemUser('kube-apiserver'));
}
