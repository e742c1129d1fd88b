import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import * as api from '@kube-ovn/api';
import * as dataflow from '@kube-ovn/dataflow';
import { expect, it } from 'vitest';
import { clientOver } from './index.ts';
import * as kube from './index.ts';
import { FakeApi, FakeTransport } from './testing/index.ts';

it('README: its example labels each node', async () => {
  const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readFileSync(new URL('../README.md', import.meta.url), 'utf8')) ?? [];
  const server = new FakeApi();
  const nodes = server.serve('nodes');
  nodes.put({ metadata: { name: 'n1', labels: { theirs: 'stays' } } });
  const client = clientOver(new FakeTransport(server));
  const modules: Readonly<Record<string, object>> = { api, dataflow, kube: { ...kube, kubeClient: () => client } };
  const body = example.replaceAll(/import (\{.*\}) from '@kube-ovn\/(\w+)';/g, 'const $1 = modules.$2;');
  // oxlint-disable-next-line typescript/no-implied-eval
  const stop = new Function('modules', `${stripTypeScriptTypes(body)}; return nodes;`)(modules) as Disposable;
  await expect.poll(() => nodes.get('n1')?.metadata.labels).toEqual({ theirs: 'stays', 'example.org/seen': 'n1' });
  stop[Symbol.dispose]();
  expect(client.writes).toBe(1);
});
