import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { inForm } from './output.ts';

const shared = { code: 'NO_PORT', object: 'pod shop/web-0: "0"' };
const document = { consistent: false, counts: { ips: 2, interfaces: null }, findings: [shared, shared], absent: undefined };

describe('an answer', () => {
  it('is the same document as JSON and as YAML', () => {
    const json = JSON.parse(inForm('json', document, () => '')) as unknown;
    expect(parse(inForm('yaml', document, () => ''))).toEqual(json);
  });

  it('as YAML has no anchors where a part stands twice, and no end of line of its own', () => {
    expect(inForm('yaml', document, () => '')).not.toMatch(/[&*]a1|\n$/);
  });

  it('as text is what the subcommand says', () => {
    expect(inForm('text', document, () => '2 findings')).toBe('2 findings');
  });
});
