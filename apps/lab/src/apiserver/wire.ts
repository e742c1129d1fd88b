/**
 * The whole API server, put together.
 *
 *   request ─► authenticator ─► routes ─► operations ─► admission ─► store ─┬─► watch hub ─► watches
 *                                            │                             ├─► custom resources ─► registry
 *                                            └── registry, schemas         ├─► garbage collector ─► operations
 *                                                                          └─► namespaces        ─► operations
 */
import type { Server } from 'node:https';
import type { Api } from './api.ts';
import type { Ports } from './clock.ts';
import { OpenApiDocuments } from './discovery/openapi.ts';
import { bootstrap } from './bootstrap.ts';
import { Authenticator } from './http/authenticate.ts';
import { apiServer } from './http/server.ts';
import { serveCustomResources } from './lifecycle/custom-resources.ts';
import { GarbageCollector } from './lifecycle/garbage-collector.ts';
import { NamespaceLifecycle } from './lifecycle/namespaces.ts';
import type { Credentials } from './pki/credentials.ts';
import { adminUser } from './pki/credentials.ts';
import { builtinResources } from './resource/builtin.ts';
import { Registry } from './resource/registry.ts';
import { BuiltinSchemas } from './schema/index.ts';
import { Store } from './store/store.ts';
import { strategies } from './strategies/index.ts';
import { handleBinding } from './subresource/binding.ts';
import { handleEviction } from './subresource/eviction.ts';
import { execHandler, refusePlainExec } from './subresource/exec.ts';
import { handleFinalize } from './subresource/finalize.ts';
import { subresourceHandlers } from './subresource/handlers.ts';
import { handleLog } from './subresource/log.ts';
import { reviewHandlers } from './subresource/reviews.ts';
import { handleScale } from './subresource/scale.ts';
import { tokenHandler } from './subresource/token.ts';
import { WatchHub } from './watch/hub.ts';

/** How the server is to run. */
export interface WireOptions {
  readonly ports: Ports;
  readonly credentials: Credentials;
  readonly serviceClusterIpRange: string;
  readonly advertise: { readonly address: string; readonly port: number };
  /** changes kept per resource */
  readonly historyLimit: number;
  /** told of errors that are the server's own fault */
  readonly failed: (error: unknown) => void;
}

/** A server that has all but a port to listen on. */
export interface Wired {
  readonly server: Server;
  readonly api: Api;
  readonly hub: WatchHub;
  readonly close: () => void;
}

/** Build everything; the caller lets the server listen. */
export async function wire(options: WireOptions): Promise<Wired> {
  const { ports, credentials, failed } = options;
  const schemas = new BuiltinSchemas();
  const registry = new Registry(builtinResources(schemas, strategies({ serviceClusterIpRange: options.serviceClusterIpRange, schemas })));
  const store = new Store({ startRevision: ports.now(), historyLimit: options.historyLimit });
  const api: Api = { store, registry, schemas, ports, admission: { admit: ({ object }) => Promise.resolve(object) } };
  const hub = new WatchHub(store);
  const leave = serveCustomResources(api);
  const collector = new GarbageCollector(api, failed);
  const namespaces = new NamespaceLifecycle(api, credentials.authority.certificate, failed);
  const authenticator = new Authenticator(ports.now);
  authenticator.add(credentials.adminToken, adminUser);
  await bootstrap(api, options);
  const server = apiServer({
    tls: { caCertificate: credentials.authority.certificate, certificate: credentials.server.certificate, key: credentials.server.key },
    authenticator,
    resources: { api, hub, subresources: handlers(authenticator) },
    general: { registry, documents: new OpenApiDocuments(registry), hub },
    upgrade: execHandler(api),
    failed,
  });
  const close = (): void => {
    hub.cut('close');
    collector.close();
    namespaces.close();
    leave();
    server.close();
    server.closeAllConnections();
  };
  return { server, api, hub, close };
}

function handlers(authenticator: Authenticator): ReturnType<typeof subresourceHandlers> {
  return subresourceHandlers(
    {
      '*/scale': handleScale,
      'namespaces/finalize': handleFinalize,
      'pods/attach': refusePlainExec,
      'pods/binding': handleBinding,
      'pods/eviction': handleEviction,
      'pods/exec': refusePlainExec,
      'pods/log': handleLog,
      'serviceaccounts/token': tokenHandler(authenticator),
    },
    { bindings: handleBinding, ...reviewHandlers(authenticator) },
  );
}
