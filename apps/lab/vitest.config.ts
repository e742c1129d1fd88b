import { defineConfig } from 'vitest/config';

export default defineConfig({
  ssr: { resolve: { conditions: ['@kube-ovn/source', 'node', 'default'] } },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // Whole labs are measured here: one at a time, so that they are measured and not each other.
    fileParallelism: false,
  },
});
