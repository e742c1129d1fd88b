/** Service, its EndpointSlices → what load balancers are told of this node. */
import type { ServiceReading } from './service.formula.ts';

export interface HealthCheck {
  readonly port: number;
  /** Pods on this node that the outside may be served by. */
  readonly localEndpoints: number;
}

/** Undefined for a service of which nobody asks. */
export function healthCheck({ service, slices, node }: Omit<ServiceReading, 'zone'>): HealthCheck | undefined {
  const { healthCheckNodePort: port, isExternalLocal } = service;
  if (port === undefined || !isExternalLocal) return undefined;
  const here = slices.flatMap(({ endpoints }) => endpoints.filter((endpoint) => endpoint.isReady && endpoint.node === node));
  // A pod of two families is one pod, in a slice of each.
  const counts = ([4, 6] as const).map(
    (family) => new Set(here.map(({ address }) => address).filter((text) => text.includes(':') === (family === 6))).size,
  );
  return { port, localEndpoints: Math.max(...counts) };
}
