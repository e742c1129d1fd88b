import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import * as door from './index.ts';
import * as files from './node/index.ts';

const cluster = `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
status: {podIPs: [{ip: 10.16.0.10}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
status: {podIPs: [{ip: 10.16.0.11}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress: [{ports: [{port: 5432}]}]
`;

it('README: the example compiles a file, prints ACLs and says why', async () => {
  const text = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const example = /```ts\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
  expect(example.trim().split('\n').length).toBeLessThan(20);
  const directory = await mkdtemp(join(tmpdir(), 'policy-readme-'));
  await writeFile(join(directory, 'cluster.yaml'), cluster);
  const body = stripTypeScriptTypes(example)
    .replaceAll(
      /import \{(.*)\} from '@kube-ovn\/policy(.*)';/g,
      (_all, names, own) => `const {${names}} = ${own === '' ? 'door' : 'files'};`,
    )
    .replace("'cluster.yaml'", JSON.stringify(join(directory, 'cluster.yaml')));
  const printed: string[] = [];
  // oxlint-disable-next-line typescript/no-implied-eval
  new Function('console', 'door', 'files', body)({ log: (...words: string[]) => printed.push(words.join(' ')) }, door, files);
  await rm(directory, { recursive: true });
  const own = printed.filter((line) => line.startsWith('policy/'));
  expect(own).toEqual([
    expect.stringMatching(/^policy\/NetworkPolicy\/shop\/db 2002 outport == @pods\.[0-9a-f]{32} && tcp\.dst == 5432 allow-related$/),
  ]);
  expect(printed.at(-1)).toBe('deny isolated for ingress isolated.ingress');
});
