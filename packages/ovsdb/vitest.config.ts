import { defineConfig } from 'vitest/config';

export default defineConfig({
  ssr: { resolve: { conditions: ['@kube-ovn/source', 'node', 'import', 'default'] } },
  // Many tests start real servers and clusters, on machines that may be busy.
  test: { testTimeout: 60_000, hookTimeout: 60_000, include: ['src/**/*.test.ts', 'test/**/*.test.ts'] },
});
