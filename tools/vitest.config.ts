import { defineConfig } from 'vitest/config';

// Packages are packed and installed: on a busy machine that takes its time.
export default defineConfig({ test: { include: ['*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 } });
