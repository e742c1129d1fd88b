import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { expect, it } from 'vitest';
import * as policy from './index.ts';

it('README: the example compiles, prints ACLs and says why', () => {
  const text = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const example = /```ts\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
  expect(example.trim().split('\n').length).toBeLessThan(20);
  const imports = /import \{(.*)\} from '@kube-ovn\/policy';/.exec(example);
  const printed: unknown[][] = [];
  // oxlint-disable-next-line typescript/no-implied-eval
  new Function('console', 'door', `const {${imports?.[1]}} = door;${stripTypeScriptTypes(example.replace(imports?.[0] ?? '', ''))}`)(
    { log: (...words: unknown[]) => printed.push(words) },
    policy,
  );
  const compiled = printed.find(([owner]) => owner === 'policy/NetworkPolicy/shop/db');
  expect(JSON.stringify(compiled?.[1])).toMatch(/^\["outport == @pods\.[0-9a-f]{32} && tcp\.dst == 5432"\]$/);
  expect(printed.at(-1)).toEqual([[], 'isolated for ingress']);
});
