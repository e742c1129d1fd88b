/** What a user edits in a file and applies again is what the object says, by both ways of applying. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asObject, at, type JsonObject, type JsonValue } from '../../src/apiserver/json.ts';
import { startTestServer, type TestServer } from '../../src/apiserver/testing/test-server.ts';
import { kubectl, requireKubectl, type Kubectl } from './kubectl.ts';

const pod = (spec: JsonObject): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: { replicas: 1, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec } },
});
const container = (name: string, more: JsonObject = {}): JsonObject => ({ name, image: 'x', ...more });

/** Edits of one manifest, one after the other. */
const podSpecs: readonly JsonObject[] = [
  { containers: [container('a')] },
  {
    containers: [
      container('a', {
        env: [
          { name: 'X', value: '1' },
          { name: 'Y', value: '2' },
        ],
      }),
      container('b'),
    ],
  },
  { containers: [container('b'), container('a', { env: [{ name: 'Y', value: '3' }] })] },
  {
    containers: [
      container('a', {
        env: [{ name: 'Y', value: '3' }],
        ports: [{ containerPort: 53, protocol: 'UDP', name: 'dns' }],
        command: ['a', 'b'],
      }),
    ],
  },
  {
    containers: [container('a', { ports: [{ containerPort: 53, protocol: 'TCP', name: 'dns-tcp' }], command: ['c'] })],
    volumes: [{ name: 'v', emptyDir: {} }],
  },
  {
    containers: [container('a')],
    volumes: [{ name: 'v', configMap: { name: 'c' } }],
    tolerations: [{ key: 'k', operator: 'Exists' }],
    nodeSelector: { disk: 'ssd' },
  },
  { containers: [container('c')], nodeSelector: { zone: 'z' } },
];
const service = (ports: readonly JsonObject[], more: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', annotations: { note: 'x' } },
  spec: { selector: { app: 'web' }, ports, ...more },
});
const services: readonly JsonObject[] = [
  service([{ name: 'http', port: 80 }]),
  service([
    { name: 'http', port: 80, targetPort: 8080 },
    { name: 'https', port: 443 },
  ]),
  service(
    [
      { name: 'https', port: 443 },
      { name: 'dns', port: 53, protocol: 'UDP' },
    ],
    { externalIPs: ['192.0.2.1'] },
  ),
  service([{ name: 'dns', port: 53, protocol: 'UDP' }]),
];

/** What differs: everything stated must be there, and lists must hold nothing else. */
function unmet(stated: JsonValue | undefined, actual: JsonValue | undefined, path = ''): readonly string[] {
  if (Array.isArray(stated)) {
    const list = Array.isArray(actual) ? (actual as readonly JsonValue[]) : [];
    if (list.length !== stated.length) return [`${path}: ${list.length} items, not ${stated.length}`];
    return stated.flatMap((item, index) => unmet(item as JsonValue, list[index], `${path}[${index}]`));
  }
  if (typeof stated === 'object' && stated !== null)
    return Object.entries(stated as JsonObject).flatMap(([key, value]) => unmet(value, asObject(actual)[key], `${path}.${key}`));
  return stated === actual ? [] : [`${path}: ${JSON.stringify(actual)}, not ${JSON.stringify(stated)}`];
}

describe.each([{ command: ['apply'] }, { command: ['apply', '--server-side'] }])('kubectl $command', ({ command }) => {
  let server: TestServer;
  let k: Kubectl;
  beforeAll(async () => {
    await requireKubectl();
    server = await startTestServer();
    k = kubectl(server.kubeconfig);
  });
  afterAll(async () => {
    k[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  async function applied(manifest: JsonObject, path: string): Promise<JsonObject> {
    const { code, err } = await k([...command, '-f', '-'], JSON.stringify(manifest));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return server.ok('GET', path);
  }

  it('follows edits of containers, environments, ports, volumes and selectors', async () => {
    for (const spec of podSpecs) {
      const live = await applied(pod(spec), '/apis/apps/v1/namespaces/default/deployments/web');
      const podSpec = asObject(at(live, 'spec', 'template', 'spec'));
      const inOrder = command.length === 1 ? podSpec : { ...podSpec, containers: byStated(spec['containers'], podSpec['containers']) };
      expect(unmet(spec, inOrder)).toEqual([]);
      expect(
        Object.keys(podSpec).filter((key) => ['volumes', 'tolerations', 'nodeSelector'].includes(key) && spec[key] === undefined),
      ).toEqual([]);
    }
    const { nodeSelector } = asObject(
      at(await server.ok('GET', '/apis/apps/v1/namespaces/default/deployments/web'), 'spec', 'template', 'spec'),
    );
    expect(nodeSelector).toEqual({ zone: 'z' });
  });

  it('follows edits of a service, and leaves what the server allocated', async () => {
    const addresses = new Set<JsonValue | undefined>();
    for (const manifest of services) {
      const live = await applied(manifest, '/api/v1/namespaces/default/services/web');
      const spec = asObject(live['spec']);
      addresses.add(spec['clusterIP']);
      const stated = asObject(manifest['spec']);
      expect(unmet(stated, command.length === 1 ? spec : { ...spec, ports: byStated(stated['ports'], spec['ports']) })).toEqual([]);
      expect(Object.hasOwn(spec, 'externalIPs')).toBe(Object.hasOwn(stated, 'externalIPs'));
    }
    expect(addresses.size).toBe(1);
  });
});

/** Server-side apply keeps the places of items that were there: compare by name. */
function byStated(stated: JsonValue | undefined, actual: JsonValue | undefined): JsonValue {
  const items = (Array.isArray(actual) ? actual : []) as readonly JsonObject[];
  const wanted = (Array.isArray(stated) ? stated : []) as readonly JsonObject[];
  const ordered = wanted.flatMap((one) => items.filter((item) => item['name'] === one['name']));
  return ordered.length === items.length ? ordered : items;
}
