import { describe, expect, it } from 'vitest';
import { sampleFacts } from '../../test/support/web-facts.ts';
import { answerWeb, securityHeaders } from './routes.ts';

const now = new Date('2026-01-02T03:04:05Z');
const get = (target: string, words = '') => answerWeb({ method: 'GET', target, host: 'localhost:10662' }, () => sampleFacts(words), now);
/** A page without the spaces that mean nothing. */
const page = (target: string): string => get(target).body.replaceAll(/\s+/g, ' ').replaceAll('> ', '>').replaceAll(' <', '<');
const paths = (words: string): readonly string[] => [
  '/',
  '/subnets',
  `/subnets?q=${encodeURIComponent(words)}`,
  `/subnet?name=${encodeURIComponent(`small${words}`)}`,
  '/policies',
  '/nodes',
  '/why',
];

/** As somebody asks, and as nobody should. */
const questions = (words: string): readonly string[] => {
  const text = encodeURIComponent(words);
  return [
    `/why?from=node/node1${text}&to=shop/web${text}&port=80`,
    `/why?from=10.9.9.9&to=shop/web${text}&port=${text}`,
    `/why?from=${text}&to=svc/shop/x${text}`,
    `/why?from=a/b/c&to=${text}`,
    `/why?from=10.9.9.9&to=example.org${text}`,
    `/why?from=10.9.9.9&to=shop/web${text}&port=80`,
  ];
};

/** Tags with the names of their attributes: what a browser takes for markup. */
function skeleton(page: string): readonly string[] {
  return [...page.matchAll(/<(\/?[a-z!][a-z0-9]*)((?:\s+[-:a-zA-Z]+(?:="[^"]*")?)*)\s*\/?>/g)].map(([, name = '', attributes = '']) =>
    [name, ...[...attributes.matchAll(/([-:a-zA-Z]+)(?:="[^"]*")?/g)].map(([, attribute]) => attribute)].join(' '),
  );
}

describe('answerWeb', () => {
  it.each([
    `"><script>alert(1)</script>`,
    `'><img src=x onerror=alert(1)>`,
    `</title></style></svg><script>alert(1)</script>`,
    '<!--',
    '`${alert(1)}`&lt;script&gt;',
    '" onmouseover="alert(1)" x="',
  ])('text of the cluster is text in the page: %s', (hostile) => {
    const harmless = 'x'.repeat(hostile.length);
    for (const [at, path] of paths(hostile).entries()) {
      const { status, body } = get(path, hostile);
      expect(status).toBe(200);
      expect(skeleton(body)).toEqual(skeleton(get(paths(harmless)[at] ?? '', harmless).body));
      expect(body).not.toContain(hostile);
      expect(body.match(/</g)).toHaveLength(skeleton(body).length);
    }
    const usual = new Set([...questions(''), ...questions(harmless)].flatMap((path) => skeleton(get(path, harmless).body)));
    for (const path of questions(hostile)) {
      const { status, body } = get(path, hostile);
      expect(status).toBe(200);
      expect(skeleton(body).filter((tag) => !usual.has(tag))).toEqual([]);
      expect(body).not.toContain(hostile);
      expect(body.match(/</g)).toHaveLength(skeleton(body).length);
    }
  });

  it('says how full Subnets are, and who has an address', () => {
    const body = page('/subnets');
    expect(body).toContain('IPv4: 12,288 of 65,533 in use, 18.7 %');
    expect(body).toContain('IPv6: 3 of ≈ 2^64 in use, under 0.1 %');
    expect(body).toMatch(/class="bar full"[^]*?class="fill" width="92.3"[^]*?IPv4: 12 of 13 in use, 92.3 %/);
    expect(get('/subnet?name=small').body).toMatch(/10\.20\.0\.2[^]*shop\/web[^]*node1[^]*00:00:00:01:02:03/);
    expect(page('/subnet?name=small')).toMatch(/2 found[^]*10\.20\.0\.9[^]*Vip shared/);
    expect(page('/subnet?name=floor&q=eip')).toMatch(/1 found[^]*192\.0\.2\.7[^]*OvnEip eip/);
  });

  it('says what is refused, on the first page too', () => {
    for (const path of ['/', '/subnets', '/subnet?name=refused']) expect(get(path).body).toContain('spec.cidrBlock is no block');
  });

  it('says policies in words, in the order in which they are judged', () => {
    const body = page('/policies');
    const order = ['1 of administrators, priority 5', '2 SecurityGroups, tier 0', '4 NetworkPolicies', '5 private Subnets'];
    expect(order.map((text) => body.indexOf(text))).toEqual(order.map((text) => body.indexOf(text)).toSorted((a, b) => a - b));
    expect(body).toContain('pods app=web of shop');
    expect(body).toContain('Ingress: allow from 10.0.0.0/8 without 10.1.0.0/16, TCP 80');
    expect(body).toContain('Egress: deny to 192.0.2.0/24, any port (out)');
    expect(body).toContain('<span class="count">1 pod</span>');
    expect(body).toContain('>interfaces of Subnet small</td>');
    expect(body).toContain('Ingress: allow from interfaces of SecurityGroup staff, any port');
  });

  it('says why this does not reach that, by the object that decides', () => {
    const body = page('/why?from=10.9.9.9&to=shop/web&port=80');
    expect(body).toContain('10.9.9.9 does not reach Pod shop/web.');
    expect(body).toMatch(/<strong>Because:<\/strong><span class="kind">NetworkPolicy shop\/shut<\/span>[^]*POLICY_DENIES/);
    expect(body).toContain('<code>ko why 10.9.9.9 shop/web 80</code>');
    expect(page('/why?from=node/node1&to=shop/web&port=80')).toContain('Node node1 reaches Pod shop/web.');
  });

  it.each([
    ['/why?from=a/b/c&to=shop/web', 'want NAMESPACE/POD'],
    ['/why?from=shop/web&to=node/node1&port=80x', 'want a port such as 80'],
    ['/why?from=shop/web&to=example.org', 'is a name of DNS, which is not looked up here'],
  ])('says what is wrong with a question: %s', (target, message) => {
    expect(get(target).status).toBe(200);
    expect(page(target)).toMatch(new RegExp(`<p class="note" role="alert">[^<]*${message}`));
  });

  it('finds what is looked for, and says when there is none', () => {
    expect(page('/subnets?q=10.20')).toMatch(/1 found[^]*>small</);
    expect(page('/subnets?q=nothing')).toMatch(/0 found[^]*>none</);
    expect(get('/subnets?page=-3').status).toBe(200);
  });

  it.each(['/subnet?name=gone', '/subnet', '/..%2f', '/metrics'])('there is nothing at %s', (path) => {
    expect(get(path).status).toBe(404);
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', ''])('only reads: %s', (method) => {
    expect(answerWeb({ method, target: '/', host: '127.0.0.1' }, sampleFacts, now).status).toBe(405);
  });

  it.each(['localhost', 'LOCALHOST:80', '127.0.0.1:10662', '127.9.9.9', '[::1]:8080'])('answers to %s', (host) => {
    expect(answerWeb({ method: 'GET', target: '/', host }, sampleFacts, now).status).toBe(200);
  });

  it.each(['', 'evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1:10662', 'x@localhost', 'localhost:80:80'])(
    'does not answer to a name that leads here: %s',
    (host) => {
      expect(answerWeb({ method: 'GET', target: '/', host }, sampleFacts, now).status).toBe(403);
    },
  );

  it('runs no script and has no style or source of elsewhere', () => {
    expect(securityHeaders['content-security-policy']).toMatch(/^default-src 'none'; style-src 'self'; img-src 'self'; /);
    for (const path of [...paths(''), ...questions('')])
      expect(get(path).body).not.toMatch(/<script|<style|\sstyle=|\son[a-z]+=|https?:\/\//);
  });

  it('every field has a label, every table a caption, every page a title', () => {
    for (const path of [...paths(''), ...questions('')]) {
      const body = page(path);
      const ids = [...body.matchAll(/<(?:input|select) id="([^"]+)"/g)].map(([, id]) => id);
      for (const id of ids) expect(body).toContain(`<label for="${id}">`);
      expect(body.match(/<table>/g)?.length).toBe(body.match(/<table><caption>[^<]+<\/caption>/g)?.length);
      expect(body.match(/<h1>[^<]+<\/h1>/g)).toHaveLength(1);
      expect(body).toMatch(/<title>[^<]+ · Kube-OVN<\/title>/);
    }
  });
});
