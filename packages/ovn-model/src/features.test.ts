import { readFileSync } from 'node:fs';
import { type Json, parseSchema } from '@kube-ovn/ovsdb';
import { describe, expect, it } from 'vitest';
import { detectNorthboundFeatures } from './features.ts';

const installed = readFileSync('/usr/share/ovn/ovn-nb.ovsschema', 'utf8');

describe('detectNorthboundFeatures', () => {
  it('reads the schema of the server, and no version', () => {
    const json = JSON.parse(installed) as { tables: Record<string, { columns: Record<string, Json> }> };
    json.tables['ACL']!.columns['tier'] = { type: { key: { type: 'integer', minInteger: 0, maxInteger: 3 } } };
    delete json.tables['Static_MAC_Binding'];
    const features = detectNorthboundFeatures(parseSchema(json as unknown as Json));
    expect(features).toMatchObject({ aclTiers: true, staticMacBinding: false });
  });

  it('agrees with the installed schema about what it has', () => {
    const features = detectNorthboundFeatures(parseSchema(JSON.parse(installed) as Json));
    expect(features.aclTiers).toBe(installed.includes('"tier"'));
    expect(features.mirrorRules).toBe(installed.includes('"Mirror_Rule"'));
  });
});
