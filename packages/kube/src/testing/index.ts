export { FakeApi, type FakeAnswer, type FakeRequest } from './fake-api.ts';
export { FakeCollection, FakeWatch } from './fake-collection.ts';
export type { FakeObject } from './fake-objects.ts';
export { FakeTransport, type Network } from './fake-transport.ts';
export { type FakeHttpServer, serveFakeApi } from './http-server.ts';
