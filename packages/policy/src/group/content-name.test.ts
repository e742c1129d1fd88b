import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { contentHash, contentName } from './content-name.ts';

it('contentHash: the first half of SHA-256, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(contentHash(text)).toBe(createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 32));
    }),
  );
});

it('contentName: is a name for OVN', () => {
  expect(contentName('pods', '{a=b}/*')).toMatch(/^pods\.[0-9a-f]{32}$/);
});
