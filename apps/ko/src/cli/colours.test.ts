import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { coloured, takesColours } from './colours.ts';
import { say } from './context.ts';
import { inForm } from './output.ts';

const ESC = '\u001B[';
const [RED, GREEN, YELLOW, CYAN] = [31, 32, 33, 36].map((code) => `${ESC}${code}m`);
const TEXT = `PACKETS  NODE   POLICY  RULE
Pod a/b does not reach Pod c/d.
  because: NetworkPolicy c/e denies it (POLICY_DENIES)
  fix: add a rule
  ✗ NetworkPolicy c/e: denies
  ✓ Pod a/b: runs
  ? Node n1: is silent
ok      pod to pod  IPv4
FAILED  pod to pod  IPv6
warning  CHASSIS_OLD  node n1: has not answered
IP_TWICE  10.16.0.3: two pods have it
2026-03-01T08:00:00Z  Warning  Pod/a/b: Refused: no address
Service a/b reaches, but not by every endpoint, Pod c/d.
Pod a/b reaches Pod c/d.`;

describe('colours', () => {
  it('mark what is right, wrong and doubtful, and change no word', () => {
    const lines = coloured(TEXT).split('\n');
    expect(stripVTControlCharacters(lines.join('\n'))).toBe(TEXT);
    expect(lines.map((line) => [`${ESC}1m`, RED, GREEN, YELLOW, CYAN].findIndex((code) => line.includes(code ?? '')))).toEqual([
      0, 1, -1, 4, 1, 2, 3, 2, 1, 3, 1, 3, 3, 2,
    ]);
  });

  it('documents have none', () => {
    const document = { verdict: 'Pod a/b does not reach Pod c/d.', code: 'POLICY_DENIES', HEAD: 'OK', ok: ['ok  x', 'error  X'] };
    for (const form of ['json', 'yaml'] as const) {
      const text = inForm(form, document, () => '');
      expect(coloured(text)).toBe(text);
    }
  });

  it('are for terminals that show them', () => {
    expect(
      [{}, { isTTY: true }, { isTTY: true, hasColors: () => false }, { isTTY: true, hasColors: () => true }].map(takesColours),
    ).toEqual([false, false, false, true]);
    const said = (stream: object): string => {
      let text = '';
      const write = (chunk: Buffer, _encoding: string, done: () => void): void => {
        text += chunk.toString();
        done();
      };
      const stdout = Object.assign(new Writable({ write }), stream);
      say({ terminal: { stdin: process.stdin, stdout, stderr: stdout, signal: new AbortController().signal } }, 'ok  all');
      return text;
    };
    expect([said({}), said({ isTTY: true, hasColors: () => true })]).toEqual(['ok  all\n', `${GREEN}ok${ESC}39m  all\n`]);
  });
});
