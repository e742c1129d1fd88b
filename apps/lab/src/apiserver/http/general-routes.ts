/** Requests that are about the server and not about a resource. */
import { aggregatedCore, aggregatedGroups, apiGroup, groupList, legacyVersions, resourceList } from '../discovery/discovery.ts';
import type { OpenApiDocuments } from '../discovery/openapi.ts';
import type { JsonObject } from '../json.ts';
import type { Registry } from '../resource/registry.ts';
import { badRequest, methodNotAllowed, noSuchPath, notAcceptable } from '../status.ts';
import type { WatchHub } from '../watch/hub.ts';
import { mediaRanges } from './accept.ts';
import type { Exchange } from './exchange.ts';

/** What general requests are answered from. */
export interface GeneralRoutes {
  readonly registry: Registry;
  readonly documents: OpenApiDocuments;
  readonly hub: WatchHub;
}

/** Paths that need no credentials. */
export const openPaths: ReadonlySet<string> = new Set(['/healthz', '/livez', '/readyz', '/version']);

/** The API version that the server speaks. @source Kubernetes 1.32 */
const version: JsonObject = {
  major: '1',
  minor: '32',
  gitVersion: 'v1.32.0+kube-ovn-lab',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: 'linux/amd64',
};

/** Answer, or say that the path isn't one of these. @throws {StatusError} */
export function handleGeneral(routes: GeneralRoutes, exchange: Exchange): void {
  const { path, method } = exchange;
  if (path === '/debug/lab/cut-watches') {
    cutWatches(routes, exchange);
    return;
  }
  if (method !== 'GET' && method !== 'HEAD') throw methodNotAllowed(`${method} of ${path}`);
  if (/^\/(healthz|livez|readyz)(\/|$)/.test(path)) {
    exchange.send(200, 'ok', 'text/plain; charset=utf-8');
  } else if (path === '/version') {
    exchange.sendJson(200, version);
  } else if (path.startsWith('/openapi/')) {
    sendDocument(routes, exchange);
  } else {
    sendDiscovery(routes.registry, exchange);
  }
}

/** kubectl falls back to JSON documents when protobuf alone is asked for and refused. */
function sendDocument({ documents }: GeneralRoutes, exchange: Exchange): void {
  const ranges = mediaRanges(exchange.header('accept') ?? '*/*');
  if (!ranges.some(({ type }) => type === '*/*' || type === 'application/*' || type.startsWith('application/json'))) throw notAcceptable();
  const text = documents.text(exchange.path);
  if (text === undefined) throw noSuchPath();
  exchange.send(200, text);
}

function sendDiscovery(registry: Registry, exchange: Exchange): void {
  const parts = exchange.path.split('/').filter((part) => part !== '');
  const [root, group = '', groupVersion] = parts;
  if (root === undefined) {
    exchange.sendJson(200, {
      paths: [
        '/api',
        '/api/v1',
        '/apis',
        ...registry.groups().map((entry) => `/apis/${entry.group}`),
        '/healthz',
        '/livez',
        '/openapi/v2',
        '/openapi/v3',
        '/readyz',
        '/version',
      ],
    });
    return;
  }
  if (root !== 'api' && root !== 'apis') throw noSuchPath();
  if (parts.length === 1 && wantsAggregated(exchange)) {
    exchange.send(
      200,
      JSON.stringify(root === 'api' ? aggregatedCore(registry) : aggregatedGroups(registry)),
      'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
    );
    return;
  }
  if (parts.length === 1) exchange.sendJson(200, root === 'api' ? legacyVersions() : groupList(registry));
  else if (root === 'api' && parts.length === 2 && group === 'v1') exchange.sendJson(200, resourceList(registry, '', 'v1'));
  else if (root === 'apis' && parts.length === 2 && registry.groups().some((entry) => entry.group === group))
    exchange.sendJson(200, apiGroup(registry, group));
  else if (root === 'apis' && parts.length === 3 && registry.inVersion(group, groupVersion ?? '').length > 0)
    exchange.sendJson(200, resourceList(registry, group, groupVersion ?? ''));
  else throw noSuchPath();
}

function wantsAggregated(exchange: Exchange): boolean {
  return mediaRanges(exchange.header('accept') ?? '').some(
    ({ type, parameters }) =>
      type === 'application/json' &&
      parameters['g'] === 'apidiscovery.k8s.io' &&
      parameters['v'] === 'v2' &&
      parameters['as'] === 'APIGroupDiscoveryList',
  );
}

/** POST /debug/lab/cut-watches?how=close|expire&resource=pods — for tests of how clients resume. */
function cutWatches({ hub }: GeneralRoutes, exchange: Exchange): void {
  if (exchange.method !== 'POST') throw methodNotAllowed(`${exchange.method} of ${exchange.path}`);
  const how = exchange.query.get('how') ?? 'close';
  if (how !== 'close' && how !== 'expire') throw badRequest(`how: Unsupported value: "${how}": supported values: "close", "expire"`);
  exchange.sendJson(200, { cut: hub.cut(how, exchange.query.get('resource') ?? undefined) });
}
