import type { Endpoints, EndpointSlice, Service, ServiceSpec } from '@kube-ovn/api';
import { describe, expect, it } from 'vitest';
import type { Action } from '../../shared/action.ts';
import type { Pod } from '../../shared/objects.ts';
import { node, pod, type PodSketch } from '../../testing/objects.ts';
import { planEndpoints } from './endpoints.ts';
import { planMirror } from './mirror.ts';
import { planSlices } from './slices.ts';

const service = (spec: ServiceSpec = {}): Service => ({
  metadata: { name: 'web', namespace: 'shop', uid: 'uid-svc', labels: { team: 'a' } },
  spec: {
    clusterIP: '10.96.0.9',
    ipFamilies: ['IPv4'],
    selector: { app: 'web' },
    ports: [{ name: 'http', port: 80, targetPort: 8080 }],
    ...spec,
  },
});
const web = (sketch: PodSketch): Pod =>
  pod({ labels: { app: 'web' }, node: 'n1', ready: true, ips: [`10.16.0.${sketch.name.length}`], ...sketch });
const nodeOf = (name: string) => node(name, { labels: { 'topology.kubernetes.io/zone': 'z1' } });

function slices(of: Service, pods: readonly Pod[], known: readonly EndpointSlice[] = []): readonly Action[] {
  return planSlices({ service: of, pods, slices: known, nodeOf });
}
const made = (actions: readonly Action[]): readonly EndpointSlice[] =>
  actions.flatMap((action) => (action.do === 'create' ? [action.object as unknown as EndpointSlice] : []));

describe('EndpointSlices', () => {
  it('a ready pod is ready and serving; one that is not is neither; one that goes serves while it is ready', () => {
    const [slice] = made(slices(service(), [web({ name: 'a' }), web({ name: 'bb', ready: false }), web({ name: 'ccc', going: true })]));
    expect(slice).toMatchObject({
      metadata: {
        labels: {
          team: 'a',
          'kubernetes.io/service-name': 'web',
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        },
        ownerReferences: [{ kind: 'Service', uid: 'uid-svc' }],
      },
      addressType: 'IPv4',
      ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
    });
    expect(slice!.endpoints).toMatchObject([
      {
        addresses: ['10.16.0.1'],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: 'n1',
        zone: 'z1',
        targetRef: { kind: 'Pod', name: 'a', uid: 'uid-a' },
      },
      { addresses: ['10.16.0.2'], conditions: { ready: false, serving: false, terminating: false } },
      { addresses: ['10.16.0.3'], conditions: { ready: false, serving: true, terminating: true } },
    ]);
  });

  it.each([
    [undefined, undefined],
    ['PreferClose', { forZones: [{ name: 'z1' }] }],
    ['PreferSameZone', { forZones: [{ name: 'z1' }] }],
    ['PreferSameNode', { forZones: [{ name: 'z1' }], forNodes: [{ name: 'n1' }] }],
  ] as const)('trafficDistribution %s: the hints of a ready pod are %j', (wish, hints) => {
    const spec = wish === undefined ? {} : { trafficDistribution: wish };
    const [slice] = made(slices(service(spec), [web({ name: 'a' }), web({ name: 'bb', ready: false })]));
    expect(slice!.endpoints!.map((each) => each.hints)).toEqual([hints, undefined]);
  });

  it('publishNotReadyAddresses makes all ready, and says the truth about serving', () => {
    const [slice] = made(slices(service({ publishNotReadyAddresses: true }), [web({ name: 'a', ready: false })]));
    expect(slice!.endpoints![0]!.conditions).toEqual({ ready: true, serving: false, terminating: false });
  });

  it('leaves out pods without an address, ended ones and strangers', () => {
    const [slice] = made(
      slices(service(), [
        web({ name: 'a', ips: [] }),
        web({ name: 'b', phase: 'Succeeded' }),
        web({ name: 'c', labels: { app: 'other' } }),
      ]),
    );
    expect(slice!.endpoints).toEqual([]);
  });

  it('dual stack: a slice for each family', () => {
    const both = made(
      slices(service({ ipFamilies: ['IPv4', 'IPv6'] }), [
        web({ name: 'a', ips: ['10.16.0.1', 'fd00::1'] }),
        web({ name: 'b', ips: ['10.16.0.2'] }),
      ]),
    );
    expect(both.map((slice) => [slice.addressType, slice.endpoints!.flatMap((endpoint) => endpoint.addresses)])).toEqual([
      ['IPv4', ['10.16.0.1', '10.16.0.2']],
      ['IPv6', ['fd00::1']],
    ]);
  });

  it('named target ports that differ between pods give a slice for each number', () => {
    const port = (containerPort: number) => ({ spec: { containers: [{ name: 'c', ports: [{ name: 'web', containerPort }] }] } });
    const pods = [web({ name: 'a', ...port(8080) }), web({ name: 'b', ...port(9090) }), web({ name: 'c' })];
    const groups = made(slices(service({ ports: [{ port: 80, targetPort: 'web' }] }), pods));
    expect(
      groups.map((slice) => [slice.ports!.map((one) => one.port), slice.endpoints!.map((endpoint) => endpoint.targetRef!.name)]),
    ).toEqual([
      [[], ['c']],
      [[8080], ['a']],
      [[9090], ['b']],
    ]);
  });

  it('headless: the label says so, and a pod with host name and subdomain bears its name', () => {
    const [slice] = made(slices(service({ clusterIP: 'None' }), [web({ name: 'a', spec: { hostname: 'a', subdomain: 'web' } })]));
    expect(slice!.metadata.labels).toHaveProperty('service.kubernetes.io/headless', '');
    expect(slice!.endpoints![0]!.hostname).toBe('a');
  });

  it('a hundred endpoints fit one slice', () => {
    const pods = Array.from({ length: 250 }, (_, index) =>
      web({ name: `p${String(index).padStart(3, '0')}`, ips: [`10.16.1.${index % 250}`] }),
    );
    expect(made(slices(service(), pods)).map((slice) => slice.endpoints!.length)).toEqual([100, 100, 50]);
  });

  it('the same again changes nothing; a change is one patch; what is not wanted goes', () => {
    const pods = [web({ name: 'a' })];
    const known = made(slices(service(), pods));
    expect(slices(service(), pods, known)).toEqual([]);
    expect(slices(service(), [web({ name: 'a', ready: false })], known)).toMatchObject([
      { do: 'patch', key: `shop/${known[0]!.metadata.name}` },
    ]);
    expect(slices(service({ selector: {} }), pods, known)).toMatchObject([{ do: 'delete', key: `shop/${known[0]!.metadata.name}` }]);
    expect(slices(service({ type: 'ExternalName' }), pods)).toEqual([]);
  });
});

describe('Endpoints', () => {
  const endpoints = (of: Service, pods: readonly Pod[]) => planEndpoints({ service: of, pods, endpoints: undefined })[0];

  it('ready and not ready addresses of the first family, without those that go', () => {
    const both = service({ ipFamilies: ['IPv6', 'IPv4'] });
    const ips = (last: number) => [`10.16.0.${last}`, `fd00::${last}`];
    const pods = [
      web({ name: 'a', ips: ips(1) }),
      web({ name: 'b', ready: false, ips: ips(2) }),
      web({ name: 'c', going: true, ips: ips(3) }),
    ];
    expect(endpoints(both, pods)).toMatchObject({
      object: {
        metadata: { name: 'web' },
        subsets: [
          {
            addresses: [{ ip: 'fd00::1' }],
            notReadyAddresses: [{ ip: 'fd00::2' }],
            ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
          },
        ],
      },
    });
  });

  it('the same again changes nothing', () => {
    const first = endpoints(service(), [web({ name: 'a' })]);
    const object = (first as { object: object }).object as never;
    expect(planEndpoints({ service: service(), pods: [web({ name: 'a' })], endpoints: object })).toEqual([]);
    expect(planEndpoints({ service: service(), pods: [], endpoints: object })).toMatchObject([{ do: 'patch', body: { subsets: [] } }]);
  });

  it('beyond a thousand addresses it is cut and says so', () => {
    const pods = Array.from({ length: 1005 }, (_, index) =>
      web({ name: `p${index}`, ips: [`10.${Math.floor(index / 250)}.0.${index % 250}`] }),
    );
    const cut = (endpoints(service(), pods) as unknown as { object: { metadata: object; subsets: { addresses: object[] }[] } }).object;
    expect(cut.subsets[0]!.addresses.length).toBe(1000);
    expect(cut.metadata).toMatchObject({ annotations: { 'endpoints.kubernetes.io/over-capacity': 'truncated' } });
  });
});

describe('mirrored slices', () => {
  const endpoints: Endpoints = {
    metadata: { name: 'web', namespace: 'shop', uid: 'uid-ep' },
    subsets: [
      { addresses: [{ ip: '192.0.2.1' }, { ip: '2001:db8::1' }], notReadyAddresses: [{ ip: '192.0.2.2' }], ports: [{ port: 5432 }] },
    ],
  };
  const bare = service({ selector: {} });
  const mirror = (of?: Service, known: readonly EndpointSlice[] = [], written = endpoints) =>
    planMirror({ endpoints: written, service: of, slices: known });

  it('one for each family of a subset', () => {
    expect(
      made(mirror(bare)).map(({ addressType, endpoints: list, ports }) => [
        addressType,
        list!.map((one) => [one.addresses[0], one.conditions!.ready]),
        ports,
      ]),
    ).toEqual([
      [
        'IPv4',
        [
          ['192.0.2.1', true],
          ['192.0.2.2', false],
        ],
        [{ name: '', port: 5432, protocol: 'TCP' }],
      ],
      ['IPv6', [['2001:db8::1', true]], [{ name: '', port: 5432, protocol: 'TCP' }]],
    ]);
  });

  it('only where the service has no selector, and nobody says to skip', () => {
    expect(mirror(service())).toEqual([]);
    expect(mirror(undefined)).toEqual([]);
    expect(
      mirror(bare, [], {
        ...endpoints,
        metadata: { ...endpoints.metadata, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
      }),
    ).toEqual([]);
  });

  it('the same again changes nothing; what is no longer said goes', () => {
    const known = made(mirror(bare));
    expect(mirror(bare, known)).toEqual([]);
    const { metadata } = endpoints;
    expect(
      mirror(bare, known, { metadata, subsets: [{ addresses: [{ ip: '192.0.2.9' }], ports: [{ port: 5432 }] }] }).map(
        (action) => action.do,
      ),
    ).toEqual(['patch', 'delete']);
  });
});
