import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadCredentials } from './credentials.ts';
import { formatKubeconfig } from './kubeconfig.ts';

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'lab-pki-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('credentials', () => {
  it('form a chain that clients accept', async () => {
    const now = Date.now();
    const { authority, server, admin } = await loadCredentials(dir, ['127.0.0.1', 'fd00::1', 'kubernetes.default.svc'], now);
    const [ca, serving, client] = [authority, server, admin].map(({ certificate }) => new X509Certificate(certificate));
    expect(ca!.ca).toBe(true);
    for (const issued of [serving!, client!]) {
      expect(issued.verify(ca!.publicKey)).toBe(true);
      expect(issued.checkIssued(ca!)).toBe(true);
      expect(issued.ca).toBe(false);
      expect(Date.parse(issued.validTo)).toBeGreaterThan(now + 365 * 86_400_000);
    }
    expect([serving!.checkIP('127.0.0.1'), serving!.checkIP('fd00::1'), serving!.checkHost('kubernetes.default.svc')]).toEqual([
      '127.0.0.1',
      'fd00::1',
      'kubernetes.default.svc',
    ]);
    expect(serving!.checkHost('example.com')).toBeUndefined();
    expect(client!.subject).toBe('CN=kubernetes-admin\nO=system:masters');
    expect(formatKubeconfig('https://127.0.0.1:1', { authority, admin })).not.toContain('BEGIN');
  });

  it('stay the same over restarts, but for the server’s own certificate', async () => {
    const first = await loadCredentials(dir, ['127.0.0.1'], Date.now());
    const second = await loadCredentials(dir, ['127.0.0.1', 'other'], Date.now());
    expect({ ...second, server: undefined }).toEqual({ ...first, server: undefined });
    expect(new X509Certificate(second.server.certificate).checkHost('other')).toBe('other');
  });
});
