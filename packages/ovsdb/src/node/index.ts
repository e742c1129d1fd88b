export { systemClock } from './clock.ts';
export { socketDial } from './dial.ts';
export type { TlsFiles } from './tls-files.ts';
export { openDatabase } from './open.ts';
export type { OpenOptions } from './open.ts';
