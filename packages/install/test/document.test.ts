import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { settingsTable } from '../src/index.ts';

it('docs/install.md has the table of settings as the source has it', () => {
  expect(readFileSync(new URL('../../../docs/install.md', import.meta.url), 'utf8')).toContain(`## Settings\n${settingsTable()}\n`);
});
