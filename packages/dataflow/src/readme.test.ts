import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { describe, expect, it } from 'vitest';
import * as dataflow from './index.ts';

describe('README', () => {
  it('its example prints what it says', () => {
    const text = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const [example = '', printed = ''] = [...text.matchAll(/```(?:ts)?\n([\s\S]*?)```/g)].map((match) => match[1]);
    const imports = /import \{(.*)\} from '@kube-ovn\/dataflow';/.exec(example);
    const lines: string[] = [];
    const body = stripTypeScriptTypes(example.replace(imports?.[0] ?? '', ''));
    // oxlint-disable-next-line typescript/no-implied-eval
    new Function('console', 'dataflow', `const {${imports?.[1]}} = dataflow;${body}`)(
      { log: (line: string) => lines.push(line) },
      dataflow,
    );
    expect(`${lines.join('\n')}\n`).toBe(printed);
  });
});
