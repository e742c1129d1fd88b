import { describe, expect, it } from 'vitest';
import {
  batch,
  deriveTable,
  expandTable,
  formula,
  groupTable,
  indexBy,
  mergeTables,
  observe,
  sourceCell,
  sourceTable,
  type Table,
  untracked,
  watchCell,
} from './index.ts';
import { storeOf } from './table.ts';

function thrown(work: () => unknown): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('deriveTable', () => {
  it('undefined is absent, and a changed dependency brings it back', () => {
    const source = sourceTable<number>('source');
    const least = sourceCell(10);
    const large = deriveTable('large', source, (_, value) => (value >= least.value ? value : undefined));
    source.set('a', 5);
    source.set('b', 15);
    expect([...large.entries()]).toEqual([['b', 15]]);
    least.set(3);
    expect([...large.keys()].toSorted()).toEqual(['a', 'b']);
  });

  it('a throwing formula harms its key alone, is reported, and mends', () => {
    const source = sourceTable<number>('source');
    const root = deriveTable('root', source, (key, value) => {
      if (value < 0) throw new RangeError(`${key} is negative`);
      return Math.sqrt(value);
    });
    source.replace([
      ['a', 4],
      ['b', -1],
      ['c', 9],
    ]);
    expect([...root.entries()]).toEqual([
      ['a', 2],
      ['c', 3],
    ]);
    expect([...root.problems.entries()].map(([key, error]) => [key, error.message])).toEqual([['b', 'b is negative']]);
    source.set('b', 16);
    expect(root.get('b')).toBe(4);
    expect(root.problems.size).toBe(0);
    source.set('b', -1);
    source.delete('b');
    expect(root.problems.size).toBe(0);
  });

  it('what is thrown is reported as an Error even when it is none', () => {
    const source = sourceTable<number>('source');
    const bad = deriveTable('bad', source, () => {
      // oxlint-disable-next-line typescript/only-throw-error
      throw 'text';
    });
    source.set('a', 1);
    expect(bad.problems.get('a')).toMatchObject({ code: 'DATAFLOW_THROWN', cause: 'text' });
  });

  it('a write inside a formula is refused and harms its key alone', () => {
    const source = sourceTable<number>('source');
    const other = sourceCell(0);
    const bad = deriveTable('bad', source, (_, value) => {
      if (value === 1) other.set(value);
      if (value === 2) source.delete('x');
      return value;
    });
    source.replace([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]);
    expect([...bad.entries()]).toEqual([['c', 3]]);
    expect([...bad.problems.entries()].map(([, error]) => error)).toMatchObject([
      { code: 'DATAFLOW_WRITE_IN_FORMULA' },
      { code: 'DATAFLOW_WRITE_IN_FORMULA' },
    ]);
  });

  it('keys that read each other without a cycle settle right', () => {
    const source = sourceTable<string | number>('source');
    const total: Table<number> & Disposable = deriveTable<string | number, number>('total', source, (_, value) =>
      typeof value === 'number' ? value : (total.get(value) ?? 0) + 1,
    );
    source.replace([
      ['c', 'b'],
      ['b', 'a'],
      ['a', 1],
    ]);
    expect(new Map(total.entries())).toEqual(
      new Map([
        ['a', 1],
        ['b', 2],
        ['c', 3],
      ]),
    );
    source.set('a', 10);
    expect(new Map(total.entries())).toEqual(
      new Map([
        ['a', 10],
        ['b', 11],
        ['c', 12],
      ]),
    );
  });

  it('keys that read each other in a circle are reported, and others are unharmed', () => {
    const source = sourceTable<string>('source');
    const length: Table<number> & { problems: Table<Error> } = deriveTable<string, number>('length', source, (_, next) =>
      next === '' ? 0 : (length.get(next) ?? 0) + 1,
    );
    source.replace([
      ['a', 'b'],
      ['b', 'a'],
      ['x', ''],
      ['y', 'x'],
    ]);
    expect(length.get('y')).toBe(1);
    const codes = [...length.problems.entries()].map(([key, error]) => [key, error]);
    expect(codes.length).toBeGreaterThan(0);
    for (const [key, error] of codes) {
      expect(['a', 'b']).toContain(key);
      expect(error).toMatchObject({ code: 'DATAFLOW_CYCLE' });
    }
    source.set('b', '');
    expect(new Map(length.entries())).toEqual(
      new Map([
        ['a', 1],
        ['b', 0],
        ['x', 0],
        ['y', 1],
      ]),
    );
    expect(length.problems.size).toBe(0);
  });

  it('two tables that read each other settle right where their keys have no cycle', () => {
    const source = sourceTable<number>('source');
    let odd: Table<number> | undefined;
    const even = deriveTable('even', source, (key, value) =>
      value % 2 === 0 ? value + (odd?.get(String(Number(key) - 1)) ?? 0) : undefined,
    );
    odd = deriveTable('odd', source, (key, value) => (value % 2 === 1 ? value + (even.get(String(Number(key) - 1)) ?? 0) : undefined));
    batch(() => [5, 4, 3, 2, 1].forEach((n) => source.set(String(n), n)));
    // Nothing told "even" of "odd" before "odd" was there; a change of its keys does.
    batch(() => [5, 4, 3, 2, 1].forEach((n) => source.set(String(n), n + 10)));
    batch(() => [5, 4, 3, 2, 1].forEach((n) => source.set(String(n), n)));
    expect(odd.get('5')).toBe(15);
    source.set('1', 11);
    expect(odd.get('5')).toBe(25);
  });
});

describe('expandTable', () => {
  it('the lexically first input wins a key, in any order of events', () => {
    const source = sourceTable<readonly string[]>('source');
    const owner = expandTable('owner', source, (key, addresses) => addresses.map((address) => [address, key] as const));
    source.set('b', ['10', '11']);
    expect(owner.get('10')).toBe('b');
    source.set('a', ['10']);
    expect(owner.get('10')).toBe('a');
    source.set('a', []);
    expect(owner.get('10')).toBe('b');
    source.delete('b');
    expect(owner.size).toBe(0);
  });

  it('a generator that throws half way yields nothing and is reported', () => {
    const source = sourceTable<number>('source');
    const table = expandTable('table', source, function* (key, value) {
      yield [`${key}-1`, value] as const;
      if (value < 0) throw new Error('negative');
      yield [`${key}-1`, -value] as const;
    });
    source.set('a', 1);
    expect([...table.entries()]).toEqual([['a-1', 1]]);
    source.set('a', -1);
    expect(table.size).toBe(0);
    expect(table.problems.get('a')?.message).toBe('negative');
  });
});

describe('indexBy and groupTable', () => {
  it('readers of one group do not run for another', () => {
    const pods = sourceTable<string>('pods');
    const byNode = indexBy('by node', pods, (node) => [node]);
    const wanted = sourceTable<string>('wanted');
    wanted.replace([
      ['1', 'n1'],
      ['2', 'n2'],
    ]);
    const runs: string[] = [];
    const sizes = deriveTable('sizes', wanted, (_, node) => {
      runs.push(node);
      return byNode.of(node).size;
    });
    runs.length = 0;
    pods.set('a', 'n1');
    pods.set('b', 'n2');
    pods.set('a', 'n2');
    expect(runs.slice(0, 2)).toEqual(['n1', 'n2']);
    expect(runs.toSorted()).toEqual(['n1', 'n1', 'n2', 'n2']);
    expect([...sizes.entries()]).toEqual([
      ['1', 0],
      ['2', 2],
    ]);
    expect([...byNode.groups()]).toEqual(['n2']);
  });

  it('a set that was handed out never changes', () => {
    const pods = sourceTable<string>('pods');
    const byNode = indexBy('by node', pods, (node) => [node]);
    pods.set('a', 'n1');
    const before = byNode.of('n1');
    const keys = pods.keys();
    pods.set('b', 'n1');
    expect([...before]).toEqual(['a']);
    expect([...keys]).toEqual(['a']);
    expect([...byNode.of('n1')]).toEqual(['a', 'b']);
  });

  it('keysOf that throws takes its key out of all groups and is reported', () => {
    const pods = sourceTable<number>('pods');
    const bySize = indexBy('by size', pods, (size, key) => {
      if (size < 0) throw new Error(`${key}: negative`);
      return ['all', String(size)];
    });
    pods.replace([
      ['a', 1],
      ['b', 1],
      ['c', 2],
    ]);
    pods.set('b', -1);
    expect([...bySize.of('all')]).toEqual(['a', 'c']);
    expect(bySize.problems.get('b')?.message).toBe('b: negative');
  });

  it('a group without members is gone', () => {
    const pods = sourceTable<string>('pods');
    const counts = groupTable(
      'counts',
      indexBy('by node', pods, (node) => [node]),
      (_, members) => members.size,
    );
    pods.replace([
      ['a', 'n1'],
      ['b', 'n1'],
      ['c', 'n2'],
    ]);
    expect([...counts.entries()]).toEqual([
      ['n1', 2],
      ['n2', 1],
    ]);
    pods.delete('c');
    expect([...counts.entries()]).toEqual([['n1', 2]]);
  });
});

describe('mergeTables', () => {
  it('the first table that has a key wins', () => {
    const one = sourceTable<number>('one');
    const two = sourceTable<number>('two');
    const both = mergeTables('both', [one, two]);
    two.set('a', 2);
    expect(both.get('a')).toBe(2);
    one.set('a', 1);
    expect(both.get('a')).toBe(1);
    one.delete('a');
    expect(both.get('a')).toBe(2);
  });
});

describe('depth', () => {
  it('a chain of 3000 tables and a chain of 1000 formula cells settle', () => {
    const source = sourceTable<number>('source');
    let table: Table<number> = source;
    for (let at = 0; at < 3000; at++) table = deriveTable(`t${at}`, table, (_, value) => value + 1);
    source.set('a', 0);
    expect(table.get('a')).toBe(3000);

    const first = sourceCell(0);
    let cell = formula(() => first.value);
    for (let at = 1; at < 1000; at++) {
      const below = cell;
      cell = formula(() => below.value + 1);
      cell.peek();
    }
    const heard: number[] = [];
    const watch = watchCell(cell, (value) => heard.push(value));
    first.set(1);
    expect(heard).toEqual([999, 1000]);
    watch[Symbol.dispose]();
  });

  it('a diamond over cells and tables is evaluated once, and never torn', () => {
    const cell = sourceCell(1);
    const left = formula(() => cell.value * 2);
    const right = formula(() => -cell.value);
    const source = sourceTable<string>('source');
    source.set('x', 'x');
    const seen: number[] = [];
    const sum = deriveTable('sum', source, () => {
      seen.push(left.value + 2 * right.value);
      return cell.value;
    });
    cell.set(2);
    cell.set(3);
    expect(seen).toEqual([0, 0, 0]);
    expect(sum.get('x')).toBe(3);
  });
});

describe('observe', () => {
  it('tells what is there first, unless told not to', () => {
    const source = sourceTable<number>('source');
    source.set('a', 1);
    const heard: unknown[] = [];
    observe(source, (...change) => heard.push(change));
    observe(source, (...change) => heard.push(change), { skipInitial: true });
    expect(heard).toEqual([['a', 1]]);
  });

  it('there and back again within a batch is not told, even when somebody looked in between', () => {
    const source = sourceTable<number>('source');
    source.set('a', 1);
    const twice = deriveTable('twice', source, (_, value) => value * 2);
    const heard: unknown[] = [];
    observe(twice, (...change) => heard.push(change), { skipInitial: true });
    batch(() => {
      source.set('a', 2);
      expect(twice.peek('a')).toBe(4);
      source.set('a', 1);
    });
    expect(heard).toEqual([]);
  });

  it('an observer that writes is a new change, told after the first', () => {
    const source = sourceTable<number>('source');
    const log: string[] = [];
    observe(source, (key, value) => {
      log.push(`first ${key} ${value}`);
      if (value !== undefined && value < 3) source.set(key, value + 1);
    });
    observe(source, (key, value) => log.push(`second ${key} ${value}`));
    source.set('a', 1);
    expect(log).toEqual(['first a 1', 'second a 1', 'first a 2', 'second a 2', 'first a 3', 'second a 3']);
  });

  it('an observer that throws silences nobody, and the writer hears of it', () => {
    const source = sourceTable<number>('source');
    const heard: string[] = [];
    observe(source, (key) => {
      if (key === 'b') throw new Error('no b please');
      heard.push(`first ${key}`);
    });
    observe(source, (key) => heard.push(`second ${key}`));
    expect(
      thrown(() =>
        source.replace([
          ['a', 1],
          ['b', 2],
          ['c', 3],
        ]),
      ),
    ).toMatchObject({ message: 'no b please' });
    expect(heard).toEqual(['first a', 'first c', 'second a', 'second b', 'second c']);
    source.set('d', 4);
    expect(heard.slice(5)).toEqual(['first d', 'second d']);
  });

  it('observers that never come to rest are stopped and reported', () => {
    const cell = sourceCell(0);
    watchCell(cell, (value) => cell.set(value + 1), { skipInitial: true });
    expect(thrown(() => cell.set(1))).toMatchObject({ code: 'DATAFLOW_UNSETTLED' });
  });

  it('a batch that throws still settles what it wrote', () => {
    const source = sourceTable<number>('source');
    const heard: unknown[] = [];
    observe(source, (...change) => heard.push(change));
    expect(
      thrown(() =>
        batch(() => {
          source.set('a', 1);
          throw new Error('half way');
        }),
      ),
    ).toMatchObject({ message: 'half way' });
    expect(heard).toEqual([['a', 1]]);
  });
});

describe('formula', () => {
  it('is not evaluated before it is read, nor again without a change', () => {
    const cell = sourceCell(1);
    let runs = 0;
    const twice = formula(() => {
      runs++;
      return cell.value * 2;
    });
    expect(runs).toBe(0);
    expect([twice.value, twice.peek(), twice.value]).toEqual([2, 2, 2]);
    expect(runs).toBe(1);
    cell.set(2);
    expect(twice.value).toBe(4);
    expect(runs).toBe(2);
  });

  it('what it throws reaches its readers, and mends', () => {
    const cell = sourceCell(0);
    const inverse = formula(() => {
      if (cell.value === 0) throw new Error('zero');
      return 1 / cell.value;
    });
    const source = sourceTable<number>('source');
    source.set('a', 4);
    const table = deriveTable('table', source, (_, value) => value * inverse.value);
    const failures: string[] = [];
    watchCell(inverse, () => {}, { failed: (error) => failures.push(error.message) });
    expect(table.problems.get('a')?.message).toBe('zero');
    expect(failures).toEqual(['zero']);
    cell.set(2);
    expect(table.get('a')).toBe(2);
  });

  it('that reads itself is reported', () => {
    const self: { readonly value: number } = formula((): number => self.value + 1);
    expect(thrown(() => self.value)).toMatchObject({ code: 'DATAFLOW_CYCLE' });
    const again = formula((): number => again.value + 1);
    expect(thrown(() => watchCell(again, () => {}))).toMatchObject({ code: 'DATAFLOW_CYCLE' });
  });

  it('untracked reads are not recorded', () => {
    const cell = sourceCell(1);
    const source = sourceTable<number>('source');
    source.set('a', 1);
    const table = deriveTable('table', source, (_, value) => value + untracked(() => cell.value));
    cell.set(5);
    expect(table.get('a')).toBe(2);
  });
});

describe('disposal', () => {
  it('leaves no reader behind in what was read', () => {
    const source = sourceTable<number>('source');
    const other = sourceTable<number>('other');
    const cell = sourceCell(1);
    const follows = formula(() => cell.value + (other.get('c') ?? 0));
    source.replace([
      ['a', 1],
      ['b', 2],
    ]);
    const index = indexBy('index', source, (value) => [String(value)]);
    const derived = deriveTable(
      'derived',
      source,
      (key, value) => value + (other.get(key) ?? 0) + follows.value + index.of('1').size + (other.has('z') ? 1 : 0) + other.size,
    );
    const all = [
      observe(derived, () => {}),
      watchCell(follows, () => {}),
      mergeTables('merged', [source, other]),
      expandTable('expanded', source, (key, value) => [[`${key}${other.get(key) ?? 0}`, value]]),
      groupTable('grouped', index, (group) => [...other.entries()].length + group.length),
      derived,
      index,
    ];
    expect(storeOf(other).watchedParts).toBeGreaterThan(0);
    expect(storeOf(source).watchedParts).toBeGreaterThan(0);
    for (const one of all) one[Symbol.dispose]();
    expect(storeOf(other).watchedParts).toBe(0);
    expect(storeOf(source).watchedParts).toBe(0);
    source.set('a', 9);
    expect(derived.get('a')).toBe(1 + 0 + 1 + 1 + 0 + 0);
  });

  it('a key that goes takes its reads with it', () => {
    const source = sourceTable<number>('source');
    const other = sourceTable<number>('other');
    deriveTable('derived', source, (key) => other.get(key) ?? 0);
    source.set('a', 1);
    expect(storeOf(other).watchedParts).toBe(1);
    source.delete('a');
    expect(storeOf(other).watchedParts).toBe(0);
  });

  it('an observer disposed while changes wait for it hears nothing', () => {
    const source = sourceTable<number>('source');
    const heard: unknown[] = [];
    batch(() => {
      const observer = observe(source, (key) => heard.push(key));
      source.set('a', 1);
      observer[Symbol.dispose]();
    });
    expect(heard).toEqual([]);
  });
});

describe('tables of others', () => {
  it('are refused by name', () => {
    const foreign = { name: 'theirs' } as unknown as Table<number>;
    expect(thrown(() => deriveTable('mine', foreign, () => 1))).toMatchObject({
      code: 'DATAFLOW_FOREIGN_TABLE',
      message: expect.stringContaining('theirs'),
    });
  });
});

describe('a formula that several tables read for the first time in one change', () => {
  it('is read again, when it is done, by those that asked for it in the midst of its evaluation', () => {
    const objects = sourceTable<string>('objects');
    const far = sourceTable<number>('far');
    let deep: Table<number> = far;
    for (let level = 0; level < 5; level += 1) deep = deriveTable(`deep ${level}`, deep, (_key, value) => value + 1);
    const judged = formula(() => new Map([...objects.entries()].map(([key, value]) => [key, `${value}${deep.get('x')}`])));
    const first = deriveTable('first', objects, (key) => judged.value.get(key));
    const second = deriveTable('second', objects, (key) => judged.value.get(key));
    batch(() => {
      objects.set('a', 'a');
      objects.set('b', 'b');
      far.set('x', 0);
    });
    const expected = new Map([
      ['a', 'a5'],
      ['b', 'b5'],
    ]);
    expect(new Map(first.entries())).toEqual(expected);
    expect(new Map(second.entries())).toEqual(expected);
  });
});
