/** docs/features/services.md: which endpoints serve, with packets of a pod, of a node, and in both families. */
import { join } from 'node:path';
import { resources } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import { runTool } from '../../src/infra/tool.ts';
import { answerersOf, ask } from './ask-service.ts';
import { becomesReady, eventually, isGone, kubectl, nbctl, netnsOf, nodeOf, readyPod, remove, type LabRef } from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/service-endpoints.yaml');
const NAMESPACE = 'booth';
/** One question at a time shows what the next one would find too. */
const ONE = { times: 1, patienceMs: 1_000 } as const;

export function serviceEndpoints(lab: LabRef): void {
  let pod = '';
  let clients: readonly string[] = [];
  const addressesOf = async (name: string): Promise<readonly string[]> =>
    (await lab().client.get(resources.service, `${NAMESPACE}/${name}`)).spec?.clusterIPs ?? [];
  /** Every client is told the same at every address of a service; how many did not wait in vain. */
  const allAreTold = async (service: string, want: readonly string[]): Promise<number> => {
    const addresses = await addressesOf(service);
    for (const client of clients)
      for (const address of addresses)
        await eventually(
          `${service} at ${address} says ${want.join()} to ${client}`,
          async () => (await answerersOf(client, address)).join() === want.join(),
        );
    return clients.length * addresses.length;
  };

  it('a named port leads to the number that each pod has for it: the manifest as it stands', async () => {
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    for (const name of ['old', 'new', 'last']) await becomesReady(lab(), { namespace: NAMESPACE, name });
    pod = netnsOf(lab(), await readyPod(lab(), { name: 'client', namespace: NAMESPACE, node: 'node2' }));
    clients = [pod, `/run/netns/${nodeOf(lab(), 'node3').namespace}`];
    expect(await addressesOf('booth')).toHaveLength(2);
    await allAreTold('booth', ['new', 'old']);
  }, 120_000);

  it('a headless service has no load balancer', async () => {
    expect(await addressesOf('headless')).toEqual(['None']);
    const names = await nbctl(lab(), '--bare', '--columns=name', 'list', 'Load_Balancer');
    expect(names).toContain(`${NAMESPACE}/booth/tcp`);
    expect(names).not.toContain(`${NAMESPACE}/headless`);
  }, 60_000);

  it('a pod that is not ready serves where publishNotReadyAddresses is set, and nowhere else', async () => {
    expect(await allAreTold('lenient', ['early'])).toBe(4);
    expect(await allAreTold('strict', ['ECONNREFUSED'])).toBe(4);
  }, 120_000);

  it('the last pod of a service that is told to end serves until it ends, and then the service refuses', async () => {
    await allAreTold('last', ['last']);
    const [v4 = '', v6 = ''] = await addressesOf('last');
    await kubectl(lab(), 'delete', 'pod', '-n', NAMESPACE, 'last', '--wait=false');
    await eventually('no endpoint is ready', async () => {
      const { items } = await lab().client.list(resources.endpointSlice, { namespace: NAMESPACE });
      const mine = items.filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === 'last');
      return mine.length > 0 && mine.every(({ endpoints = [] }) => endpoints.every(({ conditions }) => conditions?.ready === false));
    });
    for (const client of clients)
      for (const address of [v4, v6]) expect(await ask(client, address, { ...ONE, times: 20 })).toEqual({ last: 20 });
    expect(await isGone(lab(), resources.pod, `${NAMESPACE}/last`)).toBe(false);
    await allAreTold('last', ['ECONNREFUSED']);
  }, 120_000);

  it('a pod reaches the API server at the address of its service', async () => {
    const { spec } = await lab().client.get(resources.service, 'default/kubernetes');
    const server = `https://${spec?.clusterIP}:${spec?.ports?.[0]?.port}`;
    const { stdout } = await runTool([
      'nsenter',
      `--net=${pod}`,
      '--',
      'kubectl',
      `--kubeconfig=${lab().kubeconfig}`,
      `--server=${server}`,
      'get',
      '--raw=/readyz',
    ]);
    expect(stdout).toBe('ok');
  }, 60_000);

  it('without the services nothing is left of them', async () => {
    await remove(lab(), resources.namespace, NAMESPACE);
    await eventually(
      'no load balancer',
      async () => !(await nbctl(lab(), '--bare', '--columns=name', 'list', 'Load_Balancer')).includes(`${NAMESPACE}/`),
    );
    expect(await isGone(lab(), resources.namespace, NAMESPACE)).toBe(true);
  }, 90_000);
}
