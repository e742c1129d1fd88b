import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleFacts } from '../../test/support/web-facts.ts';
import { answerWeb } from '../web/routes.ts';
import { serveWeb, type WebServer } from './web.ts';

describe('serveWeb', () => {
  const errors: unknown[] = [];
  let server: WebServer;
  let url: string;

  beforeAll(async () => {
    server = await serveWeb({
      host: '127.0.0.1',
      port: 0,
      answer: (request) => {
        if (request.target === '/broken') throw new Error('secret detail');
        return answerWeb(request, sampleFacts, new Date(0));
      },
      onError: (error) => errors.push(error),
    });
    url = `http://127.0.0.1:${server.port}`;
  });

  afterAll(() => server.close());

  it('serves pages, a style and a picture, and tells the browser what these may do', async () => {
    for (const [path, type] of [
      ['/', 'text/html; charset=utf-8'],
      ['/style.css', 'text/css; charset=utf-8'],
      ['/icon.svg', 'image/svg+xml'],
    ]) {
      const { status, headers } = await fetch(`${url}${path}`);
      expect([status, headers.get('content-type')]).toEqual([200, type]);
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });

  it('a HEAD is a GET without its body', async () => {
    const [head, get] = await Promise.all([fetch(url, { method: 'HEAD' }), fetch(url)]);
    expect(await head.text()).toBe('');
    expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(await get.text())));
  });

  it('says what it is for to who would write', async () => {
    const { status, headers } = await fetch(url, { method: 'POST', body: 'x' });
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('what goes wrong is for the log, not for the page, and the next page is served', async () => {
    const broken = await fetch(`${url}/broken`);
    expect(broken.status).toBe(500);
    expect(await broken.text()).not.toContain('secret');
    expect(errors.map(String)).toEqual(['Error: secret detail']);
    expect((await fetch(url)).status).toBe(200);
  });
});
