import { referencePage } from '@kube-ovn/tools/metrics-table';
import { expect, it } from 'vitest';
import { HELP } from '../src/config.ts';
import { createMetrics } from '../src/metrics.ts';

it('docs/reference/daemon.md is up to date', async () => {
  // nothing is read before somebody scrapes
  const { registry } = createMetrics('node1', {} as never);
  await expect(referencePage('kube-ovn-daemon', HELP, registry.getMetricsAsArray())).toMatchFileSnapshot(
    '../../../docs/reference/daemon.md',
  );
});
