import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KeyPair } from '@kube-ovn/kube/certificates';
import { makeAuthority, makeClientCertificate } from '@kube-ovn/kube/certificates';
import type { TestServer } from '../../src/apiserver/testing/test-server.ts';
import { startTestServer } from '../../src/apiserver/testing/test-server.ts';

let server: TestServer;
let authority: KeyPair;
beforeAll(async () => {
  server = await startTestServer();
  const read = (name: string): string => readFileSync(join(server.dir, name), 'utf8');
  authority = { certificate: read('ca.crt'), key: read('ca.key') };
});
afterAll(() => server[Symbol.asyncDispose]());

/** The status code, and the user that the server sees, for a client certificate. */
function whoami(pair: KeyPair): Promise<{ code: number; text: string }> {
  return new Promise((resolve, reject) => {
    const options = {
      method: 'POST',
      ca: authority.certificate,
      cert: pair.certificate,
      key: pair.key,
      headers: { 'content-type': 'application/json' },
    };
    request(`${server.url}/apis/authentication.k8s.io/v1/selfsubjectreviews`, options, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += String(chunk)));
      response.on('end', () => resolve({ code: response.statusCode!, text }));
    })
      .once('error', reject)
      .end('{}');
  });
}

describe('client certificates', () => {
  it('of the server’s authority say who one is', async () => {
    const pair = await makeClientCertificate(authority, { name: 'jane', groups: ['dev', 'ops'] }, { nowMs: Date.now() });
    const { code, text } = await whoami(pair);
    expect(code).toBe(201);
    expect(JSON.parse(text)).toMatchObject({ status: { userInfo: { username: 'jane', groups: ['dev', 'ops', 'system:authenticated'] } } });
  });

  it('of another authority, though of the same name, say nothing', async () => {
    const other = await makeAuthority('kube-ovn-lab-ca', { nowMs: Date.now() });
    const pair = await makeClientCertificate(other, { name: 'jane', groups: ['system:masters'] }, { nowMs: Date.now() });
    expect((await whoami(pair)).code).toBe(401);
  });

  it('that are out of date say nothing', async () => {
    const pair = await makeClientCertificate(
      authority,
      { name: 'jane', groups: ['system:masters'] },
      { nowMs: Date.now() - 20 * 365 * 86_400_000 },
    );
    expect((await whoami(pair)).code).toBe(401);
  });
});
