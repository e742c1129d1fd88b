/** What is around every page. Pure. */
import type { Facts } from './facts.ts';
import { html, type Content, type Markup } from './markup.ts';

const pageLinks = [
  ['/', 'Topology'],
  ['/subnets', 'Subnets'],
  ['/policies', 'Policies'],
  ['/nodes', 'Nodes'],
  ['/why', 'Why?'],
] as const;

export interface Page {
  /** Of its own link in the navigation, which is marked. */
  readonly path: string;
  readonly title: string;
  readonly content: Content;
}

export function framed({ path, title, content }: Page, { replica, isLeader, doubts }: Facts, now: Date): Markup {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Kube-OVN</title>
        <link rel="icon" type="image/svg+xml" href="/icon.svg" />
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header>
          <span class="brand"><img src="/icon.svg" alt="" width="28" height="28" />Kube-OVN</span>
          <nav aria-label="Pages">
            <ul>
              ${pageLinks.map(([to, name]) => html`<li><a href="${to}" ${to === path && html` aria-current="page"`}>${name}</a></li>`)}
            </ul>
          </nav>
        </header>
        <main id="main">
          ${doubts.length > 0 && html`<p class="note bad" role="alert">This may be out of date: ${doubts.join('; ')}.</p>`}
          <h1>${title}</h1>
          ${content}
        </main>
        <footer>
          ${replica}, which ${isLeader ? 'leads' : 'stands by'} · as of ${now.toISOString().slice(0, 19).replace('T', ' ')} UTC · read-only
        </footer>
      </body>
    </html> `;
}
