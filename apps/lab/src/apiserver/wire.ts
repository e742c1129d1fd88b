/**
 * The whole API server, put together.
 *
 *   request ─► authenticator ─► routes ─► operations ─► admission ─► store ─┬─► watch hub ─► watches
 *                                            │                             ├─► custom resources ─► registry
 *                                            └── registry, schemas         ├─► garbage collector ─► operations
 *                                                                          └─► namespaces        ─► operations
 */
import type { Server } from 'node:https';
import { webhookAdmission } from './admission/webhooks.ts';
import type { Api } from './api.ts';
import type { Ports } from './clock.ts';
import { OpenApiDocuments } from './discovery/openapi.ts';
import { bootstrap } from './bootstrap.ts';
import { Authenticator } from './http/authenticate.ts';
import { apiServer } from './http/server.ts';
import { serveCustomResources } from './lifecycle/custom-resources.ts';
import { expireEvents } from './lifecycle/event-expiry.ts';
import { GarbageCollector } from './lifecycle/garbage-collector.ts';
import { NamespaceLifecycle } from './lifecycle/namespaces.ts';
import type { Credentials } from './pki/credentials.ts';
import { adminUser } from './pki/credentials.ts';
import { builtinResources } from './resource/builtin.ts';
import { Registry } from './resource/registry.ts';
import { keepFile, loadFile } from './persistence.ts';
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

/** What the API is to be, apart from the network. */
export interface CoreOptions {
  readonly ports: Ports;
  readonly serviceClusterIpRange: string;
  /** changes kept per resource */
  readonly historyLimit: number;
  /** PEM text that pods find in `kube-root-ca.crt` */
  readonly caCertificate: string;
  /** file that the objects are read from at the start and kept in */
  readonly dataFile?: string;
  /** told of errors that are the server's own fault */
  readonly failed: (error: unknown) => void;
}

/** The API without a server around it. */
export interface Core {
  readonly api: Api;
  readonly hub: WatchHub;
  readonly close: () => void;
}

/** Build the store and all that follows it. */
export function core(options: CoreOptions): Core {
  const { ports, failed } = options;
  const schemas = new BuiltinSchemas();
  const registry = new Registry(builtinResources(schemas, strategies({ serviceClusterIpRange: options.serviceClusterIpRange, schemas })));
  const store = new Store({ startRevision: ports.now(), historyLimit: options.historyLimit, failed });
  if (options.dataFile !== undefined) loadFile(store, options.dataFile);
  const api: Api = { store, registry, schemas, ports, admission: webhookAdmission(store, ports) };
  const hub = new WatchHub(store);
  const leave = serveCustomResources(api, hub);
  const collector = new GarbageCollector(api, failed);
  const namespaces = new NamespaceLifecycle(api, options.caCertificate, failed);
  const expiry = expireEvents(api);
  const saved = options.dataFile === undefined ? undefined : keepFile(store, options.dataFile);
  const close = (): void => {
    hub.cut('close');
    saved?.();
    collector.close();
    namespaces.close();
    expiry();
    leave();
  };
  return { api, hub, close };
}

/** How the server is to run. */
export interface WireOptions extends Omit<CoreOptions, 'caCertificate'> {
  readonly credentials: Credentials;
  readonly advertise: { readonly address: string; readonly port: number };
}

/** A server that has all but a port to listen on. */
export interface Wired extends Core {
  readonly server: Server;
}

/** Build everything; the caller lets the server listen. */
export async function wire(options: WireOptions): Promise<Wired> {
  const { ports, credentials, failed } = options;
  const { certificate: caCertificate } = credentials.authority;
  const { api, hub, close } = core({ ...options, caCertificate });
  const authenticator = new Authenticator(ports.now);
  authenticator.add(credentials.adminToken, adminUser);
  await bootstrap(api, options);
  const server = apiServer({
    tls: { caCertificate, certificate: credentials.server.certificate, key: credentials.server.key },
    authenticator,
    resources: { api, hub, subresources: handlers(authenticator) },
    general: { registry: api.registry, documents: new OpenApiDocuments(api.registry), hub },
    upgrade: execHandler(api),
    failed,
  });
  const closeAll = (): void => {
    close();
    server.close();
    server.closeAllConnections();
  };
  return { server, api, hub, close: closeAll };
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
