import { expect, it } from 'vitest';
import { batch, deriveTable, foldInput, foldTable, observe, sourceTable } from './index.ts';

/** How often each word stands in the lines of two tables: by words, which no formula per line could yield. */
function counts() {
  const [lines, titles] = [sourceTable<string>('lines'), sourceTable<string>('titles')];
  const heard: string[] = [];
  const stated = new Map<string, readonly string[]>();
  const totals = new Map<string, number>();
  const dirty = new Set<string>();
  const state = (place: string, text: string | undefined): void => {
    heard.push(place);
    if (text === 'bad') throw new Error('a bad line');
    const words = text?.split(' ') ?? [];
    for (const word of stated.get(place) ?? []) totals.set(word, (totals.get(word) ?? 0) - 1);
    for (const word of words) totals.set(word, (totals.get(word) ?? 0) + 1);
    for (const word of [...(stated.get(place) ?? []), ...words]) dirty.add(word);
    stated.set(place, words);
  };
  const upper = deriveTable('upper', lines, (_key, line) => line.toUpperCase());
  const inputs = [
    foldInput(upper, (key, line) => state(`line ${key}`, line?.toLowerCase())),
    foldInput(titles, (key, title) => state(`title ${key}`, title)),
  ];
  const flush = (): [string, number | undefined][] => {
    const changed = [...dirty].map((word): [string, number | undefined] => [word, totals.get(word) === 0 ? undefined : totals.get(word)]);
    dirty.clear();
    return changed;
  };
  return { lines, titles, heard, make: () => foldTable('counts', { inputs, flush }) };
}

it('follows its inputs from what is there at first, and settles together with what was derived beside it', () => {
  const { lines, titles, make } = counts();
  lines.set('1', 'a b');
  const table = make();
  expect([...table.entries()]).toEqual([
    ['a', 1],
    ['b', 1],
  ]);
  const told = new Map<string, number | undefined>();
  using _ = observe(table, (word, count) => told.set(word, count), { skipInitial: true });
  batch(() => {
    lines.set('2', 'b c');
    titles.set('t', 'c');
    lines.delete('1');
  });
  expect(told).toEqual(
    new Map([
      ['a', undefined],
      ['c', 2],
    ]),
  );
  expect(new Map(table.entries())).toEqual(
    new Map([
      ['b', 1],
      ['c', 2],
    ]),
  );
});

it('hears of the keys that changed and of no others', () => {
  const { lines, heard, make } = counts();
  lines.replace(Array.from({ length: 1000 }, (_, i) => [String(i), 'x'] as const));
  const table = make();
  expect(heard).toHaveLength(1000);
  heard.length = 0;
  lines.set('7', 'y');
  expect(heard).toEqual(['line 7']);
  expect(table.get('x')).toBe(999);
  expect(table.get('y')).toBe(1);
});

it('what a handler throws is a problem with a name, and takes nothing away', () => {
  const { titles, make } = counts();
  const table = make();
  titles.set('good', 'a');
  titles.set('evil', 'bad');
  titles.set('other', 'a');
  expect(table.get('a')).toBe(2);
  expect(table.problems.get('titles/evil')?.message).toBe('a bad line');
  titles.set('evil', 'a');
  expect(table.problems.size).toBe(0);
});

it('follows nothing once it is disposed', () => {
  const { titles, heard, make } = counts();
  const table = make();
  table[Symbol.dispose]();
  titles.set('t', 'a');
  expect(heard).toEqual([]);
  expect(table.size).toBe(0);
});
