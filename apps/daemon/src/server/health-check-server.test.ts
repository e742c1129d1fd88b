import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { EndpointInput, ServiceInput, SliceInput } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import { healthCheck } from '../features/service/health-check.formula.ts';
import { healthCheckServers } from './health-check-server.ts';

const service: ServiceInput = {
  key: 'shop/web',
  clusterIps: [{ family: 4, address: '10.96.0.10' }],
  externalIps: [],
  ports: [{ name: 'web', protocol: 'tcp', port: 80 }],
  isInternalLocal: false,
  isExternalLocal: true,
  healthCheckNodePort: 31_000,
};
const endpoint = (address: string, node: string, isReady = true): EndpointInput => ({ address, node, isReady, isDraining: false });
const slice = (endpoints: readonly EndpointInput[], family: 4 | 6 = 4): SliceInput => ({
  service: 'shop/web',
  family,
  endpoints,
  ports: [],
});

it('counts the pods on this node that are ready, once each', () => {
  const slices = [
    slice([
      endpoint('10.16.0.5', 'here'),
      endpoint('10.16.0.6', 'here'),
      endpoint('10.16.0.7', 'there'),
      endpoint('10.16.0.8', 'here', false),
    ]),
    slice([endpoint('fd00::5', 'here'), endpoint('fd00::6', 'here')], 6),
  ];
  expect(healthCheck({ service, slices, node: 'here' })).toEqual({ port: 31_000, localEndpoints: 2 });
  expect(healthCheck({ service, slices, node: 'nowhere' })).toEqual({ port: 31_000, localEndpoints: 0 });
  expect(healthCheck({ service: { ...service, isExternalLocal: false }, slices, node: 'here' })).toBeUndefined();
});

it('answers on the port of each service, follows it, and closes it', async () => {
  const failures: string[] = [];
  using servers = healthCheckServers((name) => failures.push(name));
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address() as AddressInfo;
  servers.set('shop/taken', { port, localEndpoints: 1 });
  await expect.poll(() => failures).toEqual(['shop/taken']);
  free.close();
  await once(free, 'close');

  const asked = async (): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    return answer === undefined ? 'closed' : [answer.status, answer.headers.get('x-load-balancing-endpoint-weight'), await answer.json()];
  };
  servers.set('shop/web', { port, localEndpoints: 2 });
  const body = { service: { namespace: 'shop', name: 'web' }, serviceProxyHealthy: true };
  await expect.poll(asked).toEqual([200, '2', { ...body, localEndpoints: 2 }]);
  servers.set('shop/web', { port, localEndpoints: 0 });
  expect(await asked()).toEqual([503, '0', { ...body, localEndpoints: 0 }]);
  servers.set('shop/web', undefined);
  await expect.poll(asked).toBe('closed');
});
