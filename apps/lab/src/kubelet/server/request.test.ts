import { describe, expect, it } from 'vitest';
import { parseRequest } from './request.ts';
import { exitStatus, frame, readMessage } from './websocket-streams.ts';

const target = { namespace: 'shop', pod: 'web-0', container: 'main' };

describe('parseRequest', () => {
  it("exec in kubelet's and in the API server's words", () => {
    const wanted = { kind: 'exec', target, command: ['ls', '-l', 'a b'], stdin: true, stdout: true, stderr: true, tty: false };
    expect(parseRequest('/exec/shop/web-0/main?command=ls&command=-l&command=a+b&input=1&output=1&error=1', 0)).toEqual(wanted);
    expect(
      parseRequest('/exec/shop/web-0/some-uid/main?command=ls&command=-l&command=a%20b&stdin=true&stdout=true&stderr=true', 0),
    ).toEqual(wanted);
  });

  it('a terminal has no stream of errors of its own', () => {
    expect(parseRequest('/exec/shop/web-0/main?command=sh&tty=true&stderr=true', 0)).toMatchObject({ tty: true, stderr: false });
  });

  it('logs with their options; what is not a number is as if not said', () => {
    expect(parseRequest('/containerLogs/shop/web-0/main?follow=true&tailLines=3&sinceSeconds=5&previous=1&limitBytes=x', 10_000)).toEqual({
      kind: 'logs',
      target,
      previous: true,
      options: { follow: true, timestamps: false, tailLines: 3, sinceMs: 5000 },
    });
  });

  it.each(['/', '/exec', '/exec/a/b', '/exec/a/b/c/d/e', '/containerLogs/a/b', '/%zz', '/metrics'])('%s is unknown', (path) => {
    expect(parseRequest(path, 0)).toEqual({ kind: 'unknown' });
  });
});

describe('channels', () => {
  it('reads input, its end and sizes, and ignores the rest', () => {
    expect(readMessage(frame(0, 'abc'))).toEqual({ kind: 'stdin', data: Buffer.from('abc') });
    expect(readMessage(Buffer.from([255, 0]))).toEqual({ kind: 'stdin-end' });
    expect(readMessage(frame(4, '{"Width":100,"Height":40}'))).toEqual({ kind: 'resize', columns: 100, rows: 40 });
    for (const message of [Buffer.alloc(0), frame(4, '{'), frame(4, '{"Width":-1,"Height":1}'), frame(9, 'x'), Buffer.from([255, 1])])
      expect(readMessage(message)).toEqual({ kind: 'ignored' });
  });

  it('tells the exit code as kubectl reads it', () => {
    expect(JSON.parse(exitStatus(0))).toMatchObject({ status: 'Success' });
    expect(JSON.parse(exitStatus(3))).toMatchObject({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '3' }] },
    });
  });
});
