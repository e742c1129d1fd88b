import { describe, expect, it } from 'vitest';
import { formatReview, readReview } from './review.ts';

const review = (request: object): string => JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request });
const object = { kind: 'Pod', metadata: { name: 'a', namespace: 'n' } };

describe('reviews', () => {
  it('tell of a write', () => {
    const request = { uid: 'u', operation: 'UPDATE', resource: { group: '', version: 'v1', resource: 'pods' }, object, oldObject: object };
    expect(readReview(review(request))).toEqual({ uid: 'u', operation: 'UPDATE', resource: 'pods', object, before: object });
  });

  it('of a pod without a name show what its name begins with', () => {
    const request = {
      uid: 'u',
      operation: 'CREATE',
      namespace: 'n',
      resource: { resource: 'pods' },
      object: { metadata: { generateName: 'web-' } },
    };
    expect(readReview(review(request))).toMatchObject({ object: { metadata: { name: 'web-?', namespace: 'n' } }, before: undefined });
  });

  it('of anything else are answered by their uid', () => {
    expect(readReview(review({ uid: 'u', operation: 'DELETE', resource: { resource: 'pods' }, object: null, oldObject: object }))).toEqual({
      uid: 'u',
    });
  });

  it.each(['', 'x', '[]', 'null', '{}', '{"kind":"AdmissionReview"}', review({}), '{"kind":"Pod","request":{"uid":"u"}}'])(
    'that are none: %s',
    (text) => {
      expect(readReview(text)).toBeUndefined();
    },
  );

  it('are answered', () => {
    expect(JSON.parse(formatReview('u', { refusal: undefined, warnings: [] }))).toMatchObject({ response: { uid: 'u', allowed: true } });
    const { response } = JSON.parse(formatReview('u', { refusal: 'no', warnings: ['x'.repeat(300), ...Array<string>(20).fill('y')] })) as {
      response: { status: object; warnings: string[] };
    };
    expect(response).toMatchObject({ uid: 'u', allowed: false, status: { code: 422, reason: 'Invalid', message: 'no' } });
    expect([response.warnings.length, response.warnings[0]?.length]).toEqual([16, 256]);
  });
});
