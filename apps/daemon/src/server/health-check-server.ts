/**
 * Where a load balancer asks whether this node has pods of a service with the policy Local: one port for each service, on all addresses.
 * @source core/v1 ServiceSpec.healthCheckNodePort; kube-proxy answers likewise
 */
import { createServer, type Server } from 'node:http';
import type { HealthCheck } from '../features/service/health-check.formula.ts';

const HTTP_OK = 200;
const HTTP_UNAVAILABLE = 503;

export interface HealthCheckServers extends Disposable {
  /** What is answered for a service, or that nothing is. */
  set(service: string, check: HealthCheck | undefined): void;
}

interface Listening {
  readonly server: Server;
  check: HealthCheck;
}

/**
 * None listens at first.
 * @param failed told of ports that can not be had
 */
export function healthCheckServers(failed: (service: string, error: unknown) => void): HealthCheckServers {
  const all = new Map<string, Listening>();
  const close = (service: string): void => {
    all.get(service)?.server.close();
    all.get(service)?.server.closeAllConnections();
    all.delete(service);
  };
  const listen = (service: string, check: HealthCheck): void => {
    const server = createServer((request, response) => {
      request.resume();
      const { localEndpoints } = all.get(service)?.check ?? check;
      const [namespace = '', name = ''] = service.split('/');
      response
        .writeHead(localEndpoints > 0 ? HTTP_OK : HTTP_UNAVAILABLE, {
          'Content-Type': 'application/json',
          'X-Content-Type-Options': 'nosniff',
          'X-Load-Balancing-Endpoint-Weight': String(localEndpoints),
        })
        .end(JSON.stringify({ service: { namespace, name }, localEndpoints, serviceProxyHealthy: true }));
    });
    all.set(service, { server, check });
    server.on('error', (error) => failed(service, error)).listen(check.port);
  };
  return {
    set: (service, check) => {
      const now = all.get(service);
      if (check !== undefined && now?.check.port === check.port) {
        now.check = check;
        return;
      }
      close(service);
      if (check !== undefined) listen(service, check);
    },
    [Symbol.dispose]: () => {
      for (const service of all.keys()) close(service);
    },
  };
}
