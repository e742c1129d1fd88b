import { randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createNetns, deleteNetns, inNetns, readNftTable, type Netns } from '@kube-ovn/host';
import { serviceTable } from './apply.ts';
import { type Element, type Elements, unionElements } from './elements.ts';
import { isListed } from './listing.ts';
import { rememberedIn } from './remembered.ts';
import { changeScript, SERVICE_TABLE } from './table.ts';

let ns: Netns;
beforeEach(() => {
  ns = createNetns(`/run/netns/ko-d-svc-${randomBytes(3).toString('hex')}`);
});
afterEach(() => {
  ns[Symbol.dispose]();
  deleteNetns(ns.path);
});

const nft = (...args: readonly string[]): string => inNetns(ns, () => execFileSync('nft', args, { encoding: 'utf8' }));
const table = [SERVICE_TABLE.family, SERVICE_TABLE.name];
const holds = async (elements: Elements): Promise<boolean> => isListed(elements, (await readNftTable(SERVICE_TABLE, ns)) ?? '');

/** Elements of every map that there is, with so many backends. */
function everything(count: number, octet = 5): Elements {
  const of = (map: Element['map'], family: 4 | 6, more = ''): Pick<Element, 'map' | 'family' | 'key'> => {
    const address = map.includes('port') ? '' : `${family === 4 ? '10.96.0.10' : 'fd00:96::a'} . `;
    return { map, family, key: `${address}tcp . 80${more}` };
  };
  const elements = ([4, 6] as const).flatMap((family): Element[] => {
    const backend = (index: number): string => `${family === 4 ? '10.16.0.' : 'fd00::'}${octet + index} . 8080`;
    const numbered = Array.from({ length: count }, (_, index) => index);
    return [
      ...(['vips', 'ports'] as const).map((map) => ({ ...of(map, family), value: `goto cluster-${count}` })),
      { ...of('outside-vips', family), value: `goto local-sticky-${count}` },
      { ...of('outside-ports', family), value: 'drop' },
      ...(family === 6 ? [] : (['sticky-vips', 'sticky-ports'] as const)).map((map) => ({
        ...of(map, family),
        value: 'goto remember-10800',
      })),
      { ...of('restricted-vips', family), value: '' },
      ...(family === 4 ? ['203.0.113.0/24', '198.51.100.9'] : ['2001:db8::/32', '2001:db9::9']).map((source) => ({
        ...of('allowed-vips', family, ` . ${source}`),
        value: '',
      })),
      ...(['refused-vips', 'refused-ports'] as const).map((map) => ({
        ...of(map, family),
        key: of(map, family).key.replace('80', '81'),
        value: '',
      })),
      ...(['vip-backends', 'port-backends'] as const).flatMap((map) =>
        numbered.flatMap((index) =>
          [index, 65_536 + index].map((number) => ({ ...of(map, family, ` . ${number}`), value: backend(index) })),
        ),
      ),
    ];
  });
  return unionElements([['service/shop/web', elements]]);
}

describe('serviceTable', () => {
  test('it is replaced once, then only elements that changed are written; what nft lists is what was wanted', async () => {
    const kept = serviceTable(ns);
    const first = everything(3);
    expect(await kept.apply(first)).toBe('replaced');
    expect(await holds(first)).toBe(true);
    expect(await kept.apply(first)).toBe('nothing');
    for (const next of [everything(2), everything(2, 7), everything(16), new Map(), everything(4)]) {
      expect(await kept.apply(next)).toBe('changed');
      expect(await holds(next)).toBe(true);
      expect(await kept.apply(next)).toBe('nothing');
    }
  });

  test('more backends than ever get chains by replacing the table, once', async () => {
    const kept = serviceTable(ns);
    await kept.apply(everything(2));
    const many = everything(40);
    expect(await kept.apply(many)).toBe('replaced');
    expect(await holds(many)).toBe(true);
    expect(await kept.apply(everything(2))).toBe('changed');
    expect(await kept.apply(everything(40))).toBe('changed');
  });

  test.for([
    ['deleted', ['delete', 'table', ...table]],
    ['without a rule', ['flush', 'chain', ...table, 'output']],
    ['without elements', ['flush', 'map', ...table, 'vips4']],
    ['with an element of somebody else', ['add', 'element', ...table, 'refused-ports6', '{ tcp . 22 }']],
    ['with another backend', ['add', 'element', ...table, 'vip-backends4', '{ 10.96.0.10 . tcp . 80 . 9 : 10.16.0.99 . 80 }']],
  ] as const)('a table that somebody has left %s is seen and replaced', async ([, command]) => {
    const kept = serviceTable(ns);
    const elements = everything(3);
    await kept.apply(elements);
    nft(...command);
    expect(await kept.apply(elements)).toBe('replaced');
    expect(await holds(elements)).toBe(true);
  });

  test('a change to a table that is not as it was left replaces it at once', async () => {
    const kept = serviceTable(ns);
    await kept.apply(everything(3));
    nft('flush', 'map', ...table, 'vips4');
    const next = everything(2);
    expect(await kept.apply(next)).toBe('replaced');
    expect(await holds(next)).toBe(true);
  });
});

describe('what rules remember', () => {
  const keys = ['192.0.2.1 . 10.96.0.10 . tcp . 80', '192.0.2.2 . 10.96.0.10 . tcp . 80', '192.0.2.3 . 203.0.113.1 . tcp . 80'] as const;
  /** The first client has a backend that stays, the others one that goes: by an address of the service, and by a port of the node. */
  const remember = (): void => {
    for (const [index, octet] of [5, 7, 7].entries())
      nft('add', 'element', ...table, 'affinity4', `{ ${keys[index]} timeout 90s : 10.16.0.${octet} . 8080 }`);
  };
  const remembered = async (): Promise<readonly string[]> =>
    rememberedIn((await readNftTable(SERVICE_TABLE, ns)) ?? '').map(({ key, backend }) => `${key} ${backend}`);
  const left = [`${keys[0]} 10.16.0.5 . 8080`];

  test('is no change by somebody else, and stays while its backend does', async () => {
    const kept = serviceTable(ns);
    const elements = everything(3);
    await kept.apply(elements);
    remember();
    expect(await kept.apply(elements)).toBe('nothing');
    expect(await kept.apply(everything(4))).toBe('changed');
    expect(await remembered()).toHaveLength(3);
  });

  test('is forgotten with its backend', async () => {
    const kept = serviceTable(ns);
    await kept.apply(everything(3));
    remember();
    expect(await kept.apply(everything(2))).toBe('changed');
    expect(await remembered()).toEqual(left);
  });

  test('is forgotten where only backends of the node itself may be asked from now on', async () => {
    const kept = serviceTable(ns);
    await kept.apply(everything(3));
    remember();
    const local = new Map([...everything(3), ['ports4', new Map([['tcp . 80', 'goto local-3']])]]);
    expect(await kept.apply(local)).toBe('changed');
    expect(await remembered()).toEqual([]);
  });

  test('outlasts a table that is written anew, as long as it would have lasted', async () => {
    await serviceTable(ns).apply(everything(3));
    remember();
    expect(await serviceTable(ns).apply(everything(2))).toBe('replaced');
    expect(await remembered()).toEqual(left);
    const [first] = rememberedIn((await readNftTable(SERVICE_TABLE, ns)) ?? '');
    expect(first?.times).toMatch(/^timeout 1m30s expires 1m[12]\d/);
  });

  test('another time gets its chain by replacing the table', async () => {
    const kept = serviceTable(ns);
    await kept.apply(everything(3));
    const short = new Map([...everything(3), ['sticky-vips4', new Map([['10.96.0.10 . tcp . 80', 'goto remember-5']])]]);
    expect(await kept.apply(short)).toBe('replaced');
    expect(await holds(short)).toBe(true);
  });
});

describe('changeScript', () => {
  test('says only what differs, first what goes', () => {
    const [from, to] = [everything(2), new Map(everything(2))];
    expect(changeScript(from, to)).toBe('');
    to.set('vips4', new Map([['10.96.0.11 . tcp . 80', 'drop']]));
    expect(changeScript(from, to)).toBe(
      'delete element inet kube-ovn-services vips4 { 10.96.0.10 . tcp . 80 }\n' +
        'add element inet kube-ovn-services vips4 { 10.96.0.11 . tcp . 80 : drop }\n',
    );
  });
});
