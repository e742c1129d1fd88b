import { defineConfig } from 'vitest/config';

/**
 * What the tests of every project share. Many start real servers, clusters and labs: within a project one file runs at a time, so
 * that `npm test` keeps as many processes busy as Nx runs tasks (nx.json, `parallel`). A time limit is there to end what hangs;
 * how fast something is, the benchmarks say.
 */
export default defineConfig({
  ssr: { resolve: { conditions: ['@kube-ovn/source', 'node', 'import', 'default'] } },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    taskTitleValueFormatTruncate: 200,
  },
});
