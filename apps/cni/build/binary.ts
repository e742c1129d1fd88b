import { fileURLToPath } from 'node:url';
import { buildPlugin } from './plugin.ts';

// Writes dist/kube-ovn (what a node gets) and dist/kube-ovn.js (the same program for any Node).
const built = await buildPlugin(fileURLToPath(new URL('../dist', import.meta.url)));
process.stdout.write(`${built.program}: ${built.form}\n`);
