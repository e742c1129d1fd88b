export { startTestCluster } from './cluster.ts';
export type { TestCluster, TestClusterOptions } from './cluster.ts';
export { startTestPeer } from './peer.ts';
export type { PeerAnswer, PeerConnection, PeerRequest, TestPeer, TestPeerOptions } from './peer.ts';
export { SCRIPTED_MEMBER, scriptedAnswers } from './scripted.ts';
export type { ScriptedDatabase } from './scripted.ts';
export { schemaFiles, startTestServer } from './server.ts';
export type { EndSignal, TestServer, TestServerOptions } from './server.ts';
