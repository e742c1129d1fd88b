import { defineConfig } from 'vitest/config';

export default defineConfig({
  ssr: { resolve: { conditions: ['@kube-ovn/source', 'node', 'import', 'default'] } },
  // the tests below test/ start servers: one file at a time
  test: { include: ['src/**/*.test.ts', 'test/**/*.test.ts'], fileParallelism: false },
});
