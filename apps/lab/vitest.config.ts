import { defineConfig } from 'vitest/config';
import base from '../../vitest.base.ts';

export default defineConfig({
  ...base,
  // Without `import`: the official client's WebSocket library exports no constructor to it.
  ssr: { resolve: { conditions: ['@kube-ovn/source', 'node', 'default'] } },
});
