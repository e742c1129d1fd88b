export { schemaFiles, startTestServer } from './server.ts';
export type { TestServer, TestServerOptions } from './server.ts';
