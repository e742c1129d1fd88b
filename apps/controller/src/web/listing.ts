/** A long list: what is looked for in it, and a part of it at a time. Pure. */
import { html, link, type Markup } from './markup.ts';

const pageSize = 100;

export interface Wanted {
  readonly path: string;
  /** Looked for in what is said of each. */
  readonly search: string;
  /** From 1. */
  readonly page: number;
  /** Kept in links. */
  readonly more?: Readonly<Record<string, string>>;
}

export interface Part<T> {
  readonly rows: readonly T[];
  /** Of all that match. */
  readonly found: number;
  readonly pages: number;
  readonly page: number;
}

/** @param textOf what is searched of a row */
export function partOf<T>(rows: readonly T[], { search, page }: Pick<Wanted, 'search' | 'page'>, textOf: (row: T) => string): Part<T> {
  const wanted = search.trim().toLowerCase();
  const matching = wanted === '' ? rows : rows.filter((row) => textOf(row).toLowerCase().includes(wanted));
  const pages = Math.max(1, Math.ceil(matching.length / pageSize));
  const shown = Math.min(Math.max(1, page), pages);
  return { rows: matching.slice((shown - 1) * pageSize, shown * pageSize), found: matching.length, pages, page: shown };
}

export function searchForm({ path, search, more = {} }: Wanted, label: string): Markup {
  return html`<form class="search" action="${path}" method="get" role="search">
    ${Object.entries(more).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
    <label for="q">${label}</label> <input id="q" name="q" type="search" value="${search}" maxlength="100" /> <button>Find</button>
  </form>`;
}

export function pager({ found, pages, page }: Part<unknown>, { path, search, more = {} }: Wanted): Markup {
  const to = (number: number, text: string): Markup => html`<a href="${link(path, { ...more, q: search, page: number })}">${text}</a>`;
  return html`<p class="pager">
    ${found}
    found${
      pages > 1 &&
      html` · page ${page} of ${pages}${page > 1 && html` · ${to(page - 1, 'before')}`}${page < pages && html` · ${to(page + 1, 'next')}`}`
    }
  </p>`;
}
