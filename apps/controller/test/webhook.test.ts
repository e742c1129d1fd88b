import { request as httpsRequest } from 'node:https';
import { X509Certificate } from 'node:crypto';
import {
  type ClusterNetworkPolicy,
  type IP,
  type IPPool,
  type KubeObject,
  type NetworkPolicy,
  resources,
  type SecurityGroup,
  type SecurityGroupRule,
  type ValidatingWebhookConfiguration,
  type Vip,
  type VipSpec,
} from '@kube-ovn/api';
import { networkPolicyApiCrds } from '@kube-ovn/api/crds';
import { KubeError } from '@kube-ovn/kube';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from './support/cluster.ts';
import { allocated, createNode, namespaceObject, nodeObject, podObject, subnetObject } from './support/objects.ts';
import { type ControllerProcess, startProcess } from './support/process.ts';
import { eventually } from './support/wait.ts';

const flags = ['--webhook-port=0', '--webhook-timeout=10s'];
const name = 'kube-ovn-webhook';

/** What the server said, without what our client puts around it. */
async function refusal(write: Promise<unknown>): Promise<string> {
  const error = await write.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof KubeError)) throw new Error('the write was let through');
  expect(error.code).toBe('KUBE_INVALID');
  return /admission webhook "[a-z.]+" denied the request: (.*) \(HTTP 422, Invalid\)$/.exec(error.message)?.[1] ?? error.message;
}

describe('the validating webhook', () => {
  let cluster: Cluster;
  let controller: ControllerProcess;
  const configuration = (): Promise<ValidatingWebhookConfiguration> => cluster.kube.get(resources.validatingWebhookConfiguration, name);
  /** Registered by a process: at its port, and with an authority that has issued what it shows. */
  const registered = (by: ControllerProcess): Promise<unknown> =>
    eventually(async () => {
      const { webhooks = [] } = await configuration();
      const port = by.log.flatMap((line) => /"webhookPort":(\d+)/.exec(line)?.[1] ?? []).at(-1);
      if (!(webhooks[0]?.clientConfig.url ?? '').includes(`:${port}/`)) return undefined;
      return (await review('pods', podObject('probe')))['response'];
    });
  const bundle = async (): Promise<string> =>
    Buffer.from((await configuration()).webhooks?.[0]?.clientConfig.caBundle ?? '', 'base64').toString();
  /** Ask as the API server does. */
  const review = async (
    resource: string,
    object: KubeObject,
    before?: KubeObject,
  ): Promise<Record<string, { warnings?: readonly string[] }>> => {
    const url = (await configuration()).webhooks?.[0]?.clientConfig.url ?? '';
    const ca = await bundle();
    const body = { uid: 'u', operation: before === undefined ? 'CREATE' : 'UPDATE', resource: { resource }, object, oldObject: before };
    return new Promise((resolve, reject) => {
      const outgoing = httpsRequest(url, { method: 'POST', ca, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => resolve(JSON.parse(text) as Record<string, { warnings?: readonly string[] }>));
      });
      outgoing.once('error', reject).end(JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request: body }));
    });
  };
  const warnings = async (resource: string, object: KubeObject): Promise<readonly string[]> =>
    (await review(resource, object))['response']?.warnings ?? [];
  const createSubnet = (subnet: string, spec: object): Promise<unknown> =>
    cluster.kube.create(resources.subnet, subnetObject(subnet, spec));
  const pool = (poolName: string, subnet: string, ips: readonly string[]): IPPool => ({
    apiVersion: 'kubeovn.io/v1',
    kind: 'IPPool',
    metadata: { name: poolName },
    spec: { subnet, ips },
  });
  const vip = (spec: VipSpec): Vip => ({ apiVersion: 'kubeovn.io/v1', kind: 'Vip', metadata: { name: 'shared' }, spec });
  const securityGroup = (rule: Partial<SecurityGroupRule>, tier = 0): SecurityGroup => ({
    apiVersion: 'kubeovn.io/v1',
    kind: 'SecurityGroup',
    metadata: { name: 'web' },
    spec: { tier, ingressRules: [{ ipVersion: 'ipv4', protocol: 'all', priority: 1, remoteType: 'address', policy: 'allow', ...rule }] },
  });
  const networkPolicy = (cidr: string, annotations: Readonly<Record<string, string>> = {}): NetworkPolicy => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'web', namespace: 'shop', annotations },
    spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr } }] }] },
  });
  const policyGroup = 'policy.networking.k8s.io';
  const everywhere = { subject: { namespaces: {} } };
  const clusterPolicy = (peer: object): ClusterNetworkPolicy => ({
    apiVersion: `${policyGroup}/v1alpha2`,
    kind: 'ClusterNetworkPolicy',
    metadata: { name: 'walls' },
    spec: { tier: 'Admin', priority: 1, ...everywhere, egress: [{ action: 'Accept', to: [peer] }] },
  });
  const validated = (subnet: string, status: 'True' | 'False'): Promise<string> =>
    eventually(async () => {
      const { conditions = [] } = (await cluster.kube.get(resources.subnet, subnet)).status ?? {};
      return conditions.find((each) => each.type === 'Validated' && each.status === status)?.message;
    });

  beforeAll(async () => {
    cluster = await startCluster();
    for (const crd of networkPolicyApiCrds) await cluster.kube.create(resources.customResourceDefinition, crd);
    controller = await startProcess(cluster, 'first', flags);
    await createNode(cluster.kube, nodeObject('node1', '192.0.2.1'));
    await cluster.kube.create(resources.namespace, namespaceObject('shop'));
    await createSubnet('wide', { cidrBlock: '10.30.0.0/24' });
    await validated('wide', 'True');
    await registered(controller);
  }, 60_000);
  afterAll(async () => {
    controller?.signal('SIGKILL');
    await controller?.exited();
    await cluster?.stop();
  });

  it('stands beside system namespaces and our own journal, and blocks nobody when it is gone', async () => {
    const { webhooks = [] } = await configuration();
    expect(webhooks.map((each) => [each.name, each.failurePolicy, each.sideEffects, each.timeoutSeconds])).toEqual([
      ['networks.kubeovn.io', 'Ignore', 'None', 10],
      ['addresses.kubeovn.io', 'Ignore', 'None', 10],
    ]);
    const excluded = { namespaceSelector: { matchExpressions: [{ operator: 'NotIn', values: expect.arrayContaining(['kube-system']) }] } };
    expect(webhooks[0]).toMatchObject(excluded);
    const malformed = podObject('system', { namespace: 'kube-system', annotations: { 'ovn.kubernetes.io/ip_address': 'nonsense' } });
    await cluster.kube.create(resources.pod, malformed);
    await cluster.kube.delete(resources.pod, 'kube-system/system', { gracePeriodSeconds: 0 });
  });

  it.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'a Subnet that overlaps another',
      () => createSubnet('overlap', { cidrBlock: '10.30.0.0/25' }),
      /^Subnet overlap: spec\.cidrBlock "10\.30\.0\.0\/25" overlaps Subnet wide \(10\.30\.0\.0\/24\) of the same Vpc; choose a free range/,
    ],
    [
      'a Subnet that is wrong by itself',
      () => createSubnet('bad', { cidrBlock: '10.40.0.0/24', gateway: '10.1.2.3' }),
      /^Subnet bad: spec\.gateway "10\.1\.2\.3"/,
    ],
    [
      'an edit that is wrong',
      () => cluster.kube.patch(resources.subnet, 'wide', { spec: { cidrBlock: '10.16.0.0/24' } }),
      /^Subnet wide: spec\.gateway "10\.30\.0\.1"/,
    ],
    [
      'a pool outside its Subnet',
      () => cluster.kube.create(resources.ipPool, pool('outside', 'wide', ['10.31.0.4..10.31.0.9'])),
      /^IPPool outside: spec\.ips "10\.31\.0\.4\.\.10\.31\.0\.9" is not in 10\.30\.0\.0\/24 of Subnet wide; choose addresses/,
    ],
    [
      'a malformed annotation of a pod',
      () => cluster.kube.create(resources.pod, podObject('odd', { annotations: { 'ovn.kubernetes.io/ip_address': '10.30.0.300' } })),
      /^Pod shop\/odd: metadata\.annotations\[ovn\.kubernetes\.io\/ip_address\] is "10\.30\.0\.300": must be/,
    ],
    [
      'a malformed route of a pod, which the daemon would find',
      () => cluster.kube.create(resources.pod, podObject('odd', { annotations: { 'ovn.kubernetes.io/routes': 'there' } })),
      /^Pod shop\/odd: metadata\.annotations\[ovn\.kubernetes\.io\/routes\] is "there": must be/,
    ],
    [
      'a reservation outside of its Subnet',
      () =>
        cluster.kube.create<IP>(resources.ip, {
          apiVersion: 'kubeovn.io/v1',
          kind: 'IP',
          metadata: { name: 'mine' },
          spec: { subnet: 'wide', v4IpAddress: '10.31.0.9' },
        }),
      /^IP mine: spec\.v4IpAddress "10\.31\.0\.9" is not in 10\.30\.0\.0\/24 of Subnet wide; choose an address/,
    ],
    [
      'a reservation of another name than its pod',
      () =>
        cluster.kube.create<IP>(resources.ip, {
          apiVersion: 'kubeovn.io/v1',
          kind: 'IP',
          metadata: { name: 'mine' },
          spec: { podName: 'web-0', namespace: 'shop', subnet: 'wide' },
        }),
      /^IP mine: metadata\.name "mine" is not that of pod shop\/web-0, which will not get these addresses; delete it, and make one with the name web-0\.shop$/,
    ],
    [
      'a Vip outside of its Subnet',
      () => cluster.kube.create(resources.vip, vip({ subnet: 'wide', v4ip: '10.31.0.9' })),
      /^Vip shared: spec\.v4ip "10\.31\.0\.9" is not in 10\.30\.0\.0\/24 of Subnet wide; choose an address of that Subnet$/,
    ],
    [
      'a Vip whose address is none',
      () => cluster.kube.create(resources.vip, vip({ subnet: 'wide', v6ip: 'FD00::1' })),
      /^Vip shared: spec\.v6ip "FD00::1" has letters in upper case; write fd00::1$/,
    ],
    [
      'a rule of a Subnet that OVN could not hold',
      () =>
        createSubnet('ruled', {
          cidrBlock: '10.41.0.0/24',
          acls: [{ direction: 'to-lport', priority: 1000, match: ' ', action: 'drop' }],
        }),
      /^Subnet ruled: spec\.acls\[0\]\.match " " is no match expression; write one of at most/,
    ],
    [
      'a rule of a SecurityGroup that can not be read',
      () => cluster.kube.create(resources.securityGroup, securityGroup({ remoteAddress: '10.0.0.300' })),
      /^SecurityGroup web: spec\.ingressRules\[0\]\.remoteAddress is "10\.0\.0\.300": write an address or a block of IPv4$/,
    ],
    [
      'a SecurityGroup of the last tier that passes on',
      () => cluster.kube.create(resources.securityGroup, securityGroup({ policy: 'pass' }, 1)),
      /^SecurityGroup web: spec\.ingressRules\[0\]\.policy is "pass": write allow, drop or, in tier 0, pass$/,
    ],
    [
      'a NetworkPolicy with a block that is none',
      () => cluster.kube.create(resources.networkPolicy, networkPolicy('10.0.0.0/33')),
      /^NetworkPolicy shop\/web: spec\.ingress\[0\]\.from\[0\]\.ipBlock\.cidr is "10\.0\.0\.0\/33": write a block such as 10\.16\.0\.0\/16/,
    ],
    [
      'a NetworkPolicy that is to log what is not done',
      () =>
        cluster.kube.create(
          resources.networkPolicy,
          networkPolicy('10.0.0.0/8', { 'ovn.kubernetes.io/enable_log': 'true', 'ovn.kubernetes.io/log_acl_actions': 'reject' }),
        ),
      /^NetworkPolicy shop\/web: ovn\.kubernetes\.io\/log_acl_actions is "reject": name allow, drop or both, separated by a comma$/,
    ],
    [
      'an AdminNetworkPolicy with a range of ports that ends before it begins',
      () => {
        const ports = [{ portRange: { protocol: 'TCP', start: 9, end: 1 } } as const];
        return cluster.kube.create(resources.adminNetworkPolicy, {
          apiVersion: `${policyGroup}/v1alpha1`,
          kind: 'AdminNetworkPolicy',
          metadata: { name: 'walls' },
          spec: { priority: 1, ...everywhere, ingress: [{ action: 'Deny', from: [{ namespaces: {} }], ports }] },
        });
      },
      /^AdminNetworkPolicy walls: spec\.ingress\[0\]\.ports\[0\]\.portRange is "9-1": let the range end where it begins, or later$/,
    ],
    [
      'a BaselineAdminNetworkPolicy with a peer that is nobody',
      () =>
        cluster.kube.create(resources.baselineAdminNetworkPolicy, {
          apiVersion: `${policyGroup}/v1alpha1`,
          kind: 'BaselineAdminNetworkPolicy',
          metadata: { name: 'default' },
          spec: { ...everywhere, ingress: [{ action: 'Deny', from: [{}] }] },
        }),
      /^BaselineAdminNetworkPolicy default: spec\.ingress\[0\]\.from\[0\] is "\{\}": set one of namespaces, pods, nodes, networks$/,
    ],
    [
      'a ClusterNetworkPolicy with a block that is none',
      () => cluster.kube.create(resources.clusterNetworkPolicy, clusterPolicy({ networks: ['10.0.0.0/8', '203.0.113.300/24'] })),
      /^ClusterNetworkPolicy walls: spec\.egress\[0\]\.to\[0\]\.networks\[1\] is "203\.0\.113\.300\/24": write a block such as/,
    ],
  ])('refuses %s at once', async (_what, write, message) => {
    expect(await refusal(write())).toMatch(message);
  });

  it('lets a Vip through whose Subnet may come later, with a warning, and warns of what has no effect', async () => {
    expect(await warnings('vips', vip({ subnet: 'nowhere', selector: ['app: web'] }))).toEqual([
      'Vip shared: spec.subnet "nowhere" does not exist or is not in force; create that Subnet, or make a Vip of another one',
      'Vip shared: spec.selector ["app: web"] is accepted and has no effect in this version',
    ]);
  });

  it('lets a SecurityGroup through that names one which may come later, and an edit that leaves a fault as it was', async () => {
    const later = { remoteType: 'securityGroup', remoteSecurityGroup: 'later' } as const;
    expect((await review('security-groups', securityGroup(later)))['response']).toEqual({ uid: 'u', allowed: true });
    const faulty = securityGroup({ remoteAddress: '10.0.0.300' });
    const edited = { ...faulty, spec: { ...faulty.spec, allowSameGroupTraffic: true } };
    expect(await review('security-groups', edited, faulty)).toMatchObject({
      response: { allowed: true, warnings: [expect.stringContaining('10.0.0.300')] },
    });
    const pod = podObject('member', { annotations: { 'ovn.kubernetes.io/security_groups': 'web' } });
    expect(await warnings('pods', pod)).toEqual([]);
  });

  it('lets a policy through that asks for what is not there yet, and one whose fault was there before, with a warning', async () => {
    const names = clusterPolicy({ domainNames: ['*.example.org'] });
    expect((await review('clusternetworkpolicies', names))['response']).toEqual({
      uid: 'u',
      allowed: true,
      warnings: [
        'ClusterNetworkPolicy walls: spec.egress[0].to[0].domainNames is "["*.example.org"]": name networks: domain names match nothing yet',
      ],
    });
    expect(await cluster.kube.create(resources.clusterNetworkPolicy, names)).toMatchObject({ metadata: { name: 'walls' } });
    await cluster.kube.delete(resources.clusterNetworkPolicy, 'walls');

    const [before, edited] = [networkPolicy('10.0.0.0/33'), networkPolicy('10.0.0.0/33', { 'ovn.kubernetes.io/enable_logs': 'true' })];
    expect((await review('networkpolicies', edited, before))['response']).toEqual({
      uid: 'u',
      allowed: true,
      warnings: [
        expect.stringMatching(/ipBlock\.cidr is "10\.0\.0\.0\/33"/),
        'NetworkPolicy shop/web: metadata.annotations[ovn.kubernetes.io/enable_logs] is not known and has no effect',
      ],
    });
    const sound = networkPolicy('10.0.0.0/8', { 'ovn.kubernetes.io/enable_log': 'true' });
    expect((await review('networkpolicies', sound))['response']).toEqual({ uid: 'u', allowed: true });
  });

  it('refuses a NetworkAttachmentDefinition that is no configuration, or whose provider is not one of its kind', async () => {
    const answer = async (config: object | string): Promise<object | undefined> => {
      const spec = { config: typeof config === 'string' ? config : JSON.stringify(config) };
      const definition = { kind: 'NetworkAttachmentDefinition', metadata: { name: 'n', namespace: 'shop' }, spec };
      return (await review('network-attachment-definitions', definition))['response'];
    };
    const refused = (message: RegExp): object => ({ allowed: false, status: { code: 422, message: expect.stringMatching(message) } });
    expect(await answer('{')).toMatchObject(
      refused(/^NetworkAttachmentDefinition shop\/n: spec\.config is "\{": must be a CNI configuration/),
    );
    expect(await answer({ type: 'kube-ovn', provider: 'n.shop' })).toMatchObject(
      refused(/spec\.config provider "n\.shop" can not be .*; write "n\.shop\.ovn"/),
    );
    expect(await answer({ type: 'kube-ovn', provider: 'n.shop.ovn' })).toMatchObject({ allowed: true });
  });

  it('refuses an annotation that a running pod is given, and lets its labels be', async () => {
    await cluster.kube.create(resources.pod, podObject('web'));
    await allocated(cluster, 'shop/web');
    const patch = (metadata: object): Promise<unknown> => cluster.kube.patch(resources.pod, 'shop/web', { metadata });
    expect(await refusal(patch({ annotations: { 'k8s.v1.cni.cncf.io/networks': '[{' } }))).toMatch(
      /^Pod shop\/web: metadata\.annotations\[k8s\.v1\.cni\.cncf\.io\/networks\]/,
    );
    await patch({ labels: { app: 'web' } });
  });

  it('refuses to take what is held: an address twice, and a Subnet from under its pods', async () => {
    await cluster.kube.create(
      resources.pod,
      podObject('held', { annotations: { 'ovn.kubernetes.io/logical_switch': 'wide', 'ovn.kubernetes.io/ip_address': '10.30.0.77' } }),
    );
    await allocated(cluster, 'shop/held');
    const twice: IP = {
      apiVersion: 'kubeovn.io/v1',
      kind: 'IP',
      metadata: { name: 'twice' },
      spec: { subnet: 'wide', v4IpAddress: '10.30.0.77' },
    };
    expect(await refusal(cluster.kube.create(resources.ip, twice))).toMatch(
      /"10\.30\.0\.77" is held by IP held\.shop; choose a free address/,
    );
    const shrink = { spec: { cidrBlock: '10.30.0.0/26', gateway: '10.30.0.1', excludeIps: ['10.30.0.1'] } };
    expect(await refusal(cluster.kube.patch(resources.subnet, 'wide', shrink))).toMatch(/does not hold 10\.30\.0\.77 of held\.shop/);
  });

  it('warns of what is accepted: it waits for another object, it breaks another one, it has no effect', async () => {
    expect(
      await warnings(
        'subnets',
        subnetObject('waits', { cidrBlock: '10.50.0.0/24', vpc: 'later', private: true, enableMulticastSnoop: true }),
      ),
    ).toEqual([
      'Subnet waits: spec.vpc "later" does not exist; create that Vpc, or name another one',
      'Subnet waits: spec.enableMulticastSnoop true is accepted and has no effect in this version',
    ]);
    const annotations = { 'ovn.kubernetes.io/ip_adress': '10.30.0.4', 'k8s.v1.cni.cncf.io/networks': 'later' };
    expect((await warnings('pods', podObject('p', { annotations }))).join('\n')).toMatch(
      /"shop\/later" is no Network.*\n.*ip_adress\] is not known/s,
    );
    await cluster.kube.create(resources.vpc, {
      apiVersion: 'kubeovn.io/v1',
      kind: 'Vpc',
      metadata: { name: 'bank' },
      spec: { namespaces: ['shop'] },
    });
    await createSubnet('vault', { cidrBlock: '10.60.0.0/24', vpc: 'bank', namespaces: ['shop'] });
    await validated('vault', 'True');
    const emptied = { ...(await cluster.kube.get(resources.vpc, 'bank')), spec: {} };
    expect(await warnings('vpcs', emptied)).toEqual([
      expect.stringMatching(/^Subnet vault: spec\.namespaces "shop" is not among the namespaces of Vpc bank;/),
    ]);
    const namespace = namespaceObject('shop');
    const chosen = { ...namespace, metadata: { ...namespace.metadata, annotations: { 'ovn.kubernetes.io/logical_switch': 'wide' } } };
    expect(await warnings('namespaces', chosen)).toEqual([expect.stringMatching(/^Namespace shop: .*logical_switch\] "wide" is replaced/)]);
  });

  it('its registration is put back when someone edits or deletes it', async () => {
    const { webhooks = [] } = await configuration();
    await cluster.kube.patch(resources.validatingWebhookConfiguration, name, { webhooks: [] });
    await eventually(async () => (await configuration()).webhooks?.length === webhooks.length);
    await cluster.kube.delete(resources.validatingWebhookConfiguration, name);
    await eventually(async () => (await configuration()).webhooks?.length === webhooks.length);
    expect(await refusal(createSubnet('overlap', { cidrBlock: '10.30.0.0/25' }))).toMatch(/overlaps Subnet wide/);
  });

  it('killed: the write passes, and the condition tells what the webhook would have told', async () => {
    const told = await refusal(createSubnet('again', { cidrBlock: '10.30.0.0/25' }));
    controller.signal('SIGKILL');
    await controller.exited();
    await createSubnet('again', { cidrBlock: '10.30.0.0/25' });
    controller = await startProcess(cluster, 'second');
    expect(await validated('again', 'False')).toBe(told);
    controller.signal('SIGTERM');
    await controller.exited();
  }, 30_000);

  it('certificates and authorities change under load: with failurePolicy Fail, no write fails for it', async () => {
    const hasty = [...flags, '--webhook-certificate-lifetime=4s', '--webhook-failure-policy=Fail'];
    controller.signal('SIGKILL'); // it may be gone already, when this does not run alone
    await controller.exited();
    await cluster.kube.delete(resources.secret, `kube-system/${name}`);
    controller = await startProcess(cluster, 'third', hasty);
    await registered(controller);
    const authorities = new Set<string>();
    const shown = new Set<string>();
    const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
    let isDone = false;
    let asked = 0;
    const load = async (): Promise<void> => {
      while (!isDone) {
        expect(await refusal(createSubnet('under-load', { cidrBlock: '10.30.0.0/25' }))).toMatch(/overlaps Subnet wide/);
        asked += 1;
      }
    };
    const watch = eventually(async () => {
      for (const each of (await bundle()).match(pem) ?? []) authorities.add(new X509Certificate(each).subject);
      for (const line of controller.log) for (const [, serial = ''] of line.matchAll(/"serial":"(\w+)"/g)) shown.add(serial);
      return authorities.size >= 4 && shown.size >= 5;
    }, 60_000).finally(() => (isDone = true));
    await Promise.all([watch, load(), load()]);
    expect(asked).toBeGreaterThan(shown.size);
    expect((await configuration()).webhooks?.[0]?.failurePolicy).toBe('Fail');
  }, 90_000);
});
