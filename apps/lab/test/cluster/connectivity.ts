import { resources } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import { measurementOf, runDemo } from '../../src/demo/demo.ts';
import { nodeAddresses } from '../../src/infra/layout.ts';
import { measure } from '../../src/matrix/measure.ts';
import { renderFailures } from '../../src/matrix/render.ts';
import { disagreements, type LabRef } from './support.ts';

/** Line 1: the demo's matrix is as expected, in both families. */
export function connectivity(lab: LabRef): void {
  it('every pod reaches every pod, node and the outside, by ping, TCP and UDP', async () => {
    const { layout, client } = lab();
    const pods = await runDemo({ layout, client, timeoutMs: 90_000, progress: () => undefined });
    expect(new Set(pods.map(({ pod }) => pod.spec.nodeName)).size).toBe(3);
    expect(new Set(pods.map(({ subnet }) => subnet))).toEqual(new Set(['shop', 'pay', 'ovn-default', "the node's"]));
    const verdicts = await measure(measurementOf(layout, pods));
    expect(verdicts.length).toBeGreaterThan(layout.families === 'dual' ? 500 : 250);
    expect(renderFailures(verdicts)).toBe('');
  }, 150_000);

  it('every node tells its addresses of all families', async () => {
    const { layout, client } = lab();
    const { items } = await client.list(resources.node);
    const told = items.map(({ metadata, status }) => [
      metadata.name,
      (status?.addresses ?? []).filter(({ type }) => type === 'InternalIP').map(({ address }) => address),
    ]);
    expect(Object.fromEntries(told)).toMatchObject(
      Object.fromEntries(layout.nodeList.map((node) => [node.name, nodeAddresses(layout, node)])),
    );
  });

  it('Kubernetes, OVN and the nodes agree', async () => {
    expect(await disagreements(lab())).toBe('');
  }, 60_000);
}
