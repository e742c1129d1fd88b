/** Files of Kubernetes objects. The door `./node`. */
export { ManifestError, type Manifests, readManifests } from './cli/manifests.ts';
