export {
  type KeyPair,
  makeAuthority,
  makeClientCertificate,
  makeServerCertificate,
  readCertificate,
  type Validity,
} from './certificates.ts';
