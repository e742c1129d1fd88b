/** What is asked → what is answered. Pure. */
import type { Facts } from './facts.ts';
import { framed, type Page } from './frame.ts';
import { html, printMarkup } from './markup.ts';
import { type Asked, nodesPage, policiesPage, subnetPage, subnetsPage, topologyPage } from './pages.ts';
import { icon, styleSheet } from './style.ts';
import { type WhyAsked, whyPage } from './why-page.ts';

export interface WebRequest {
  readonly method: string;
  /** Path and query, as on the wire. */
  readonly target: string;
  /** The header; a browser says there which name it has looked up. */
  readonly host: string;
}

export interface WebAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const HTML = 'text/html; charset=utf-8';
const PLAIN = 'text/plain; charset=utf-8';

/**
 * Scripts, frames, foreign sources and forms to elsewhere are refused by the browser itself, whatever a page may come to say.
 * @source Content Security Policy Level 3
 */
export const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

export function answerWeb({ method, target, host }: WebRequest, facts: () => Facts, now: Date): WebAnswer {
  if (!isLoopbackName(host)) return { status: 403, type: PLAIN, body: 'ask for it as localhost or 127.0.0.1\n' };
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, type: PLAIN, body: 'this page is for reading: GET\n' };
  const url = URL.parse(target, 'http://localhost');
  if (url === null) return { status: 400, type: PLAIN, body: 'no such address\n' };
  if (url.pathname === '/style.css') return { status: 200, type: 'text/css; charset=utf-8', body: styleSheet };
  if (url.pathname === '/icon.svg') return { status: 200, type: 'image/svg+xml', body: icon };
  const known = facts();
  const page = pageAt(url.pathname, askedIn(url.searchParams), known);
  const content = page ?? { path: '', title: 'Not found', content: html`<p>There is no such page, or the object is gone.</p>` };
  return { status: page === undefined ? 404 : 200, type: HTML, body: printMarkup(framed(content, known, now)) };
}

function pageAt(path: string, asked: Asked & WhyAsked, facts: Facts): Page | undefined {
  switch (path) {
    case '/':
      return topologyPage(facts);
    case '/subnets':
      return subnetsPage(facts, asked);
    case '/subnet':
      return subnetPage(facts, asked);
    case '/policies':
      return policiesPage(facts, asked);
    case '/why':
      return whyPage(facts, asked);
    case '/nodes':
      return nodesPage(facts, asked);
    default:
      return undefined;
  }
}

function askedIn(query: URLSearchParams): Asked & WhyAsked {
  const page = Number(query.get('page') ?? 1);
  const text = (name: string): string => query.get(name) ?? '';
  return {
    name: text('name'),
    search: text('q'),
    page: Number.isSafeInteger(page) ? page : 1,
    from: text('from').trim(),
    to: text('to').trim(),
    port: text('port'),
  };
}

/**
 * A name of somebody's that leads to 127.0.0.1 would let his page read this one through the browser of who looks at it ("DNS rebinding").
 */
function isLoopbackName(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i.test(host);
}
