import { describe, expect, it } from 'vitest';
import { apiPage } from './api-page.ts';
import { textOf } from './workspaces.ts';

describe.each(['packages/ovsdb', 'packages/datapath-dpdk'])('%s/API.md', (folder) => {
  const page = apiPage(folder);

  it('is what the declarations say (npm run api -w tools writes it)', () => {
    expect(textOf(`${folder}/API.md`)).toBe(page);
  });

  it('has words for every export, not its form alone', () => {
    expect([...page.matchAll(/^### (?<name>\w+)\n\n```/gm)].map(({ groups }) => groups?.['name'])).toEqual([]);
  });
});
