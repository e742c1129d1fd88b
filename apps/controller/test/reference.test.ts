import { referencePage } from '@kube-ovn/tools/metrics-table';
import { expect, it } from 'vitest';
import { helpText } from '../src/config/flags.ts';
import { createMetrics } from '../src/metrics.ts';

it('docs/reference/controller.md is up to date', async () => {
  // nothing is read before somebody scrapes
  const { registry } = createMetrics({} as never);
  const page = referencePage('kube-ovn-controller', helpText(), registry.getMetricsAsArray());
  await expect(page).toMatchFileSnapshot('../../../docs/reference/controller.md');
});
