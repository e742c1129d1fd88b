export { startTestCluster } from './cluster.ts';
export type { TestCluster, TestClusterOptions } from './cluster.ts';
export { schemaFiles, startTestServer } from './server.ts';
export type { TestServer, TestServerOptions } from './server.ts';
