import { referencePage } from '@kube-ovn/tools/metrics-table';
import { expect, it } from 'vitest';
import { HELP } from '../src/config.ts';
import { createMetrics } from '../src/metrics.ts';

it('docs/reference/pinger.md is up to date', async () => {
  const { registry } = createMetrics('node1');
  await expect(referencePage('kube-ovn-pinger', HELP, registry.getMetricsAsArray())).toMatchFileSnapshot(
    '../../../docs/reference/pinger.md',
  );
});
