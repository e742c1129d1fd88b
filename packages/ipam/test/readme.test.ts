import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

test('the example of the README is the file that runs here', async () => {
  const read = (name: string) => readFile(new URL(name, import.meta.url), 'utf8');
  const [readme, example] = await Promise.all([read('../README.md'), read('./readme.example.ts')]);
  expect(readme).toContain(example);
  await expect(import('./readme.example.ts')).resolves.toBeDefined();
});
