export { changeLevelOnSignal, nextLevel } from './level.ts';
export { createLog, LOG_LEVELS, type LogLevel, type LogOptions } from './log.ts';
export { scrape, type Scrape } from './scrape.ts';
export { listenTelemetry, type TelemetryOptions } from './server.ts';
