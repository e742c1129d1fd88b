import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientAddress, httpAnswer, udpAnswer } from './answer.ts';
import { dial } from './dial.ts';
import { hostPort, parseCommand } from './options.ts';
import { serveNetexec, type NetexecServer } from './server.ts';

const peer = { address: '::ffff:10.0.0.9', port: 1234 };

describe('answers', () => {
  it.each([
    ['/hostname', 200, 'web-0'],
    ['/hostName', 200, 'web-0'],
    ['/clientip', 200, '10.0.0.9:1234'],
    ['/echo?msg=hi', 200, 'hi'],
    ['/echo?code=503', 503, ''],
    ['/nothing', 404, 'unknown path /nothing\n'],
  ])('%s', (path, status, body) => expect(httpAnswer(new URL(path, 'http://x'), peer, { hostname: 'web-0' })).toEqual({ status, body }));

  it('UDP', () => {
    const answer = (message: string) => udpAnswer(message, peer, { hostname: 'web-0' });
    expect([answer('hostname\n'), answer('clientip'), answer('echo two words'), answer('what')]).toEqual([
      'web-0',
      '10.0.0.9:1234',
      'two words',
      undefined,
    ]);
  });

  it('shows an IPv6 client in brackets', () => expect(clientAddress({ address: 'fd00::1', port: 9 })).toBe('[fd00::1]:9'));
});

describe('options', () => {
  it("reads agnhost's flags in both spellings", () => {
    expect(parseCommand(['netexec', '--http-port=80', '--udp-port', '-1'])).toEqual({ do: 'netexec', httpPort: 80, udpPort: undefined });
    expect(parseCommand(['netexec', '--sctp-port=9', '--udp-port=-1'])).toMatchObject({ sctpPort: 9 });
    expect(parseCommand(['netexec', '--delay-shutdown=4'])).toMatchObject({ delayShutdownMs: 4000 });
    expect(parseCommand(['connect', '[fd00::1]:80', '--timeout=500ms'])).toEqual({
      do: 'connect',
      target: { host: 'fd00::1', port: 80 },
      timeoutMs: 500,
    });
    expect(parseCommand([])).toEqual({ do: 'pause' });
  });

  it.each([['netexec', '--http-port=0'], ['netexec', '--what'], ['dance'], ['connect', 'host'], ['connect', 'host:1', '--timeout=3']])(
    'refuses %s %s',
    (...args) => {
      expect(() => parseCommand(args)).toThrow(/want|unknown/);
    },
  );

  it('splits host and port', () => expect(hostPort('example.org:80')).toEqual({ host: 'example.org', port: 80 }));
});

describe('server and dial', () => {
  let server: NetexecServer;
  beforeAll(async () => {
    server = await serveNetexec({ http: 0, udp: undefined }, { hostname: 'me' });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('answers over both families', async () => {
    for (const host of ['127.0.0.1', '::1']) {
      expect(await dial({ protocol: 'http', host, port: server.httpPort, ask: 'hostname', timeoutMs: 2000 })).toEqual({
        ok: true,
        answer: 'me',
      });
    }
  });

  it('asks somebody else by /dial', async () => {
    const result = await dial({
      protocol: 'http',
      host: '127.0.0.1',
      port: server.httpPort,
      ask: `dial?host=127.0.0.1&port=${server.httpPort}&request=clientip`,
      timeoutMs: 2000,
    });
    expect(result.ok && JSON.parse(result.answer)).toMatchObject({ responses: [expect.stringMatching(/^127\.0\.0\.1:\d+$/)] });
  });

  it('says what went wrong', async () => {
    expect(await dial({ protocol: 'http', host: '127.0.0.1', port: 1, ask: '', timeoutMs: 2000 })).toEqual({
      ok: false,
      error: 'ECONNREFUSED',
    });
    expect(await dial({ protocol: 'udp', host: '127.0.0.1', port: server.httpPort, ask: 'x', timeoutMs: 100 })).toMatchObject({
      ok: false,
    });
  });
});
