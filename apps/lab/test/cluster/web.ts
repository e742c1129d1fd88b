/** The web page of the controllers in a real browser: docs/web-page.md. */
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Pod, resources } from '@kube-ovn/api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runTool } from '../../src/infra/tool.ts';
import { startRelay } from '../../src/lab/relay.ts';
import { Browser, requireChromium } from '../browser.ts';
import { becomesReady, eventually, ips, kubectl, type LabRef, leader, netnsOf, remove, subnet } from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/web-page.yaml');
const PAGE = 'http://localhost:10662';
const HOSTILE = `"><script>document.title='taken'</script><img src=x onerror="document.title='taken'">`;
/** Where pictures for the documentation are put; nowhere to stay where it is not set. */
const PICTURES = process.env['KUBE_OVN_PICTURES'];

export function webPage(lab: LabRef): void {
  let browser: Browser;
  let relay: AsyncDisposable;
  const pictures = PICTURES ?? mkdtempSync(join(tmpdir(), 'lab-pictures-'));
  /** How much of its track the first bar after some text fills, of 100, as it is drawn. */
  const barOf = (name: string): Promise<number> =>
    browser.evaluate<number>(`(() => {
      const row = [...document.querySelectorAll('tbody tr')].find((each) => each.querySelector('th a')?.textContent.trim() === ${JSON.stringify(name)});
      const [track, fill] = ['.track', '.fill'].map((part) => row.querySelector('.bar ' + part).getBoundingClientRect().width);
      return (100 * fill) / track;
    })()`);

  beforeAll(async () => {
    requireChromium();
    const { webPort } = await leader(lab());
    const { namespace } = lab().layout.central;
    relay = await startRelay({ namespace, port: Number(new URL(PAGE).port), target: { host: '127.0.0.1', port: webPort } });
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    [browser] = await Promise.all([
      Browser.start(namespace),
      ...['front', 'cart', 'database'].map((name) => becomesReady(lab(), { namespace: 'web-shop', name })),
    ]);
  }, 90_000);

  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await relay?.[Symbol.asyncDispose]();
    if (PICTURES === undefined) rmSync(pictures, { recursive: true, force: true });
    await kubectl(lab(), 'delete', '--ignore-not-found', '--wait=false', '-f', MANIFEST);
    await remove(lab(), resources.subnet, 'web-hostile');
    for (const name of ['web-shop', 'web-office', 'web-vault']) await remove(lab(), resources.subnet, name);
    await remove(lab(), resources.vpc, 'web-bank');
  }, 90_000);

  it('bars show how full Subnets are: as many as have addresses', async () => {
    await eventually('7 Vips and 3 pods are counted', async () => {
      await browser.visit(`${PAGE}/subnets?q=web-`);
      return (await browser.text()).includes('IPv4: 10 of 13 in use, 76.9\u00a0%');
    });
    const { items: vips } = await lab().client.list(resources.vip);
    const held = (await ips(lab())).filter(({ spec }) => spec?.subnet === 'web-shop');
    expect(held.length + vips.filter(({ spec }) => spec?.subnet === 'web-shop').length).toBe(10);
    expect(await barOf('web-shop')).toBeCloseTo(76.9, 0);
    expect(await barOf('web-office')).toBe(0);
  }, 60_000);

  it('leads from the drawing to a Subnet and to who has its addresses', async () => {
    expect(await browser.visit(PAGE)).toBe(200);
    const drawn = await browser.evaluate<readonly string[]>(
      `[...document.querySelectorAll('.topology .name')].map((each) => each.textContent)`,
    );
    for (const name of ['web-shop', 'web-vault', 'web-bank', 'ovn-cluster', 'each node', 'outside']) expect(drawn).toContain(name);
    const nodes = await browser.text('.tiles li:first-child strong');
    expect(Number(nodes)).toBe(lab().layout.nodeList.length);
    await browser.visit(`${PAGE}/subnets?q=web-`);
    await browser.follow('web-shop');
    expect(await browser.evaluate(`document.querySelectorAll('tbody tr').length`)).toBe(10);
    await browser.type('Address, workload', 'database');
    await browser.submit();
    const pod = await lab().client.get(resources.pod, 'web-shop/database');
    expect(await browser.text('tbody')).toMatch(new RegExp(`^${pod.status?.podIP}\\s+web-shop/database\\s+node3\\s`));
  }, 60_000);

  it('says policies in words, and how many pods they are about', async () => {
    await browser.visit(`${PAGE}/policies?q=web-shop`);
    const text = (await browser.text()).replaceAll(/\s+/g, ' ');
    expect(text).toContain('pods app=database of web-shop 1 pod');
    expect(text).toContain('Ingress: allow from pods app=cart of web-shop, TCP 5432');
    expect(text).toContain('pods app in (cart, database) of web-shop 2 pods');
    expect(text).toContain('Ingress: allow from 10.16.0.0/16, TCP 443');
    expect(text).toContain('interfaces of Subnet web-shop');
  }, 60_000);

  it('why: the form names the policy that denies, and says so of what passes; a ping agrees', async () => {
    const pings = async (to: string): Promise<boolean> => {
      const [front, pod] = await Promise.all(['front', to].map((name) => lab().client.get(resources.pod, `web-shop/${name}`)));
      const argv = [
        'nsenter',
        `--net=${netnsOf(lab(), front as Pod)}`,
        'ping',
        '-c',
        '2',
        '-i',
        '0.3',
        '-W',
        '1',
        pod?.status?.podIP ?? '',
      ];
      return (await runTool(argv, { accept: [0, 1] })).code === 0;
    };
    const ask = async (to: string): Promise<string> => {
      await browser.visit(`${PAGE}/why`);
      await browser.type('From', 'web-shop/front');
      await browser.type('To', `web-shop/${to}`);
      await browser.type('Port', 'icmp');
      await browser.submit();
      return (await browser.text()).replaceAll(/\s+/g, ' ');
    };
    expect(await ask('database')).toMatch(
      /Pod web-shop\/front does not reach Pod web-shop\/database\. Because: NetworkPolicy web-shop\/database .* POLICY_DENIES/,
    );
    expect(await ask('cart')).toContain('Pod web-shop/front reaches Pod web-shop/cart.');
    expect([await pings('database'), await pings('cart')]).toEqual([false, true]);
  }, 60_000);

  it('nodes are there, with their addresses in the join Subnet', async () => {
    await browser.visit(`${PAGE}/nodes`);
    const { items } = await lab().client.list(resources.node);
    const text = await browser.text('tbody');
    for (const { metadata } of items)
      for (const address of metadata.annotations?.['ovn.kubernetes.io/ip_address']?.split(',') ?? []) expect(text).toContain(address);
    expect(text.match(/\bReady\b/g)).toHaveLength(items.length);
  }, 60_000);

  it('what somebody writes into an object is text, not part of the page', async () => {
    await lab().client.create(resources.subnet, subnet('web-hostile', { cidrBlock: `10.149.0.0/24${HOSTILE}`, gateway: HOSTILE }));
    await eventually('its refusal is told', async () => {
      await browser.visit(`${PAGE}/subnet?name=web-hostile`);
      return (await browser.text()).includes(HOSTILE) && (await browser.evaluate<boolean>(`document.querySelector('.bad') !== null`));
    });
    for (const path of ['/', '/subnets', `/subnets?q=${encodeURIComponent(HOSTILE)}`, '/subnet?name=web-hostile']) {
      await browser.visit(PAGE + path);
      expect(await browser.evaluate(`document.querySelectorAll('script, [onerror], img[src="x"]').length`)).toBe(0);
      expect(await browser.evaluate('document.title')).toMatch(/ · Kube-OVN$/);
    }
    await remove(lab(), resources.subnet, 'web-hostile');
  }, 60_000);

  it('a replica that stands by shows the same, and neither is for writing or for other names', async () => {
    const bodies = await Promise.all(
      lab().replicas.map(async ({ webPort }) => (await fetch(`http://127.0.0.1:${webPort}/subnets?q=web-shop`)).text()),
    );
    for (const body of bodies) expect(body).toContain('IPv4: 10 of 13 in use');
    expect(bodies.filter((body) => body.includes('which leads'))).toHaveLength(1);
    const url = `http://127.0.0.1:${lab().replicas[0]?.webPort}/`;
    expect((await fetch(url, { method: 'POST' })).status).toBe(405);
    expect((await fetch(url, { method: 'HEAD' })).headers.get('content-security-policy')).toMatch(/^default-src 'none';/);
  }, 60_000);

  it('is read in the light and in the dark, on a wide and on a narrow window; pictures are taken', async () => {
    mkdirSync(pictures, { recursive: true });
    const views = [
      ['topology', '/', 'light', 1200],
      ['topology-dark', '/', 'dark', 1200],
      ['subnets', '/subnets', 'light', 1200],
      ['subnet', '/subnet?name=web-shop', 'light', 1200],
      ['policies', '/policies?q=web-shop', 'dark', 1200],
      ['why', '/why?from=web-shop/front&to=web-shop/database&port=5432', 'light', 1200],
      ['narrow', '/subnet?name=web-shop', 'light', 420],
    ] as const;
    for (const [name, path, scheme, width] of views) {
      await browser.look(scheme, width);
      expect(await browser.visit(PAGE + path)).toBe(200);
      // nothing but tables and drawings, which scroll by themselves, is wider than the window
      expect(await browser.evaluate('document.documentElement.scrollWidth')).toBe(width);
      const [red = 0] = await browser.evaluate<readonly number[]>(
        `getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)`,
      );
      expect(red > 128 ? 'light' : 'dark').toBe(scheme);
      await browser.picture(join(pictures, `web-${name}.png`));
      expect(statSync(join(pictures, `web-${name}.png`)).size).toBeGreaterThan(10_000);
    }
  }, 60_000);

  it('the browser had nothing to complain of', () => {
    expect(browser.complaints).toEqual([]);
  });
}
