import { expect, it } from 'vitest';
import { annotationRegistry } from './registry.ts';

it('docs/reference/annotations.md is up to date', async () => {
  const kinds = [...new Set(annotationRegistry.map(({ definition }) => definition.on))];
  const sections = kinds.map((kind) => {
    const rows = annotationRegistry
      .filter(({ definition }) => definition.on === kind)
      .toSorted((a, b) => (a.definition.key < b.definition.key ? -1 : 1))
      .map(({ definition: { key, writers, format, doc }, scope }) => {
        const each = scope === 'interface' ? 'each interface' : 'the object';
        return `| \`${key}\` | ${each} | ${writers.join(', ')} | ${cell(format)} | ${cell(doc)} |`;
      });
    return [`## ${kind}`, '| key | of | written by | value | meaning |', '|---|---|---|---|---|', ...rows].join('\n');
  });
  const page = [
    '# Annotations',
    'Made by `npx vitest run src/annotations -u` in `packages/api` from the definitions themselves.',
    'A key stands under `ovn.kubernetes.io/`; one of each interface stands there for the first, and under `<network>.<namespace>.ovn.kubernetes.io/`, or\n`<network>.<namespace>.kubernetes.io/` where another plugin makes the interface, for others.',
    ...sections,
    '',
  ].join('\n\n');
  await expect(page).toMatchFileSnapshot('../../../../docs/reference/annotations.md');
});

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
