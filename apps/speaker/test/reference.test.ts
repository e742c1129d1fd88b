import { referencePage } from '@kube-ovn/tools/metrics-table';
import { expect, it } from 'vitest';
import { HELP } from '../src/flags.ts';
import { createMetrics } from '../src/metrics.ts';

it('docs/reference/speaker.md is up to date', async () => {
  // nothing is read before somebody scrapes
  const registry = createMetrics('node1', {} as never);
  await expect(referencePage('kube-ovn-speaker', HELP, registry.getMetricsAsArray())).toMatchFileSnapshot(
    '../../../docs/reference/speaker.md',
  );
});
