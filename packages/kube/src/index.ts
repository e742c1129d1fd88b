export {
  type ClientOptions,
  clientOver,
  type DeleteOptions,
  type KubeClient,
  type KubeList,
  type ListOptions,
  type PatchOptions,
  type RequestOptions,
  type Selection,
  type WatchEvent,
  type WatchOptions,
  type WriteOptions,
} from './client/client.ts';
export { kubeClient, type KubeClientOptions } from './client/kube-client.ts';
export { keyOf, splitKey } from './client/paths.ts';
export type { KubeRequest, KubeResponse, KubeStream, Transport } from './client/transport.ts';
export { KubeError, type KubeErrorCode, type KubeErrorDetails, type Retry } from './errors.ts';
export { type EventObject, type EventRecorder, eventRecorder, type EventRecorderOptions, type EventText } from './events/event-recorder.ts';
export type { Rate } from './events/token-bucket.ts';
export { type ContainerRef, type ExecStreams, type PodExec, podExec } from './exec/pod-exec.ts';
export { type PodLogOptions, type PodLogs, podLogs, podLogsOver } from './exec/pod-logs.ts';
export { type LeaderElector, leaderElector, type LeaderElectorOptions } from './leader/leader-election.ts';
export type { Json, JsonObject, ObjectPatch } from './patch/object-patch.ts';
export { patchSink, type PatchSinkOptions } from './patch/patch-sink.ts';
export { systemScheduler } from './scheduler.ts';
export { type Informer, informer, type InformerOptions, type InformerState } from './watch/informer.ts';
export { compareVersions } from './watch/resource-version.ts';
