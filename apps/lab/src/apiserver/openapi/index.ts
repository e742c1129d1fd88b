export { openapiV2, openapiV3Group, openapiV3Index } from './documents.ts';
export type { ServedKind } from './served-kind.ts';
