import { createSocket, type Socket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askDns, candidates, readSearchRules } from './dns.ts';

const POD = 'search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5 edns0\n';

it('reads what resolv.conf says of names', () => {
  expect(readSearchRules(POD)).toEqual({ domains: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'], ndots: 5 });
  expect(readSearchRules('# search x\nnameserver 192.0.2.1\n')).toEqual({ domains: [], ndots: 1 });
});

it('asks in the domains first for names with few dots', () => {
  const rules = { domains: ['svc.cluster.local.', 'example'], ndots: 2 };
  expect(candidates('kubernetes.default', rules)).toEqual([
    'kubernetes.default.svc.cluster.local',
    'kubernetes.default.example',
    'kubernetes.default',
  ]);
  expect(candidates('www.example.com', rules)[0]).toBe('www.example.com');
  expect(candidates('www.example.com.', rules)).toEqual(['www.example.com']);
});

describe('with a server', () => {
  const HEADER_BYTES = 12;
  let server: Socket;
  let asked: string[] = [];
  let isSilent = false;
  const known = 'kubernetes.default.svc.cluster.local';
  beforeEach(async () => {
    asked = [];
    isSilent = false;
    server = createSocket('udp4', (query, { port, address }) => {
      const labels: string[] = [];
      let at = HEADER_BYTES;
      for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
        labels.push(query.toString('latin1', at + 1, at + 1 + length));
        at += 1 + length;
      }
      asked.push(labels.join('.'));
      if (isSilent) return;
      const isFound = labels.join('.') === known && query[at + 2] === 1;
      const reply = Buffer.from(query.subarray(0, at + 5));
      reply.writeUInt16BE(isFound || labels.join('.') === known ? 0x8180 : 0x8183, 2);
      reply.writeUInt16BE(isFound ? 1 : 0, 6);
      reply.writeUInt32BE(0, 8);
      const answer = Buffer.from([0xc0, HEADER_BYTES, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 10, 96, 0, 1]);
      server.send(isFound ? Buffer.concat([reply, answer]) : reply, port, address);
    });
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => void server.close());

  const resolver = (): Resolver => {
    const made = new Resolver({ timeout: 100, tries: 1 });
    made.setServers([`127.0.0.1:${server.address().port}`]);
    return made;
  };

  it('finds a name in the second domain', async () => {
    expect(await askDns('kubernetes.default', readSearchRules(POD), resolver())).toEqual(['10.96.0.1']);
    expect(asked).toEqual(['kubernetes.default.shop.svc.cluster.local', 'kubernetes.default.shop.svc.cluster.local', known]);
  });

  it('a name that is nowhere is an error, and so is silence, at the first question', async () => {
    await expect(askDns('nowhere.', readSearchRules(POD), resolver())).rejects.toThrow(/ENOTFOUND nowhere/);
    asked = [];
    isSilent = true;
    await expect(askDns('kubernetes.default', readSearchRules(POD), resolver())).rejects.toThrow(/ETIMEOUT/);
    expect(new Set(asked).size).toBe(1);
  });
});
