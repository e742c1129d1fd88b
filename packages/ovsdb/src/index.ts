export { asOvsdbError, OvsdbError } from './errors.ts';
export type { OvsdbErrorCode, OvsdbErrorDetails, Retry } from './errors.ts';
export type { CancelTimer, ClientPorts, Clock, DecodeUtf8, Dial, Transport, TransportEvents } from './ports.ts';
export type { Json, JsonObject } from './json/json.ts';
export type { Atom, Row, Uuid, UuidOf, Value } from './notation/value.ts';
export { valuesEqual } from './notation/value.ts';
export type { NamedUuid, WritableAtom, WritableValue } from './notation/encode.ts';
export { named } from './operation.ts';
export type { Condition, ConditionFunction, Mutation, Mutator, Operation, OperationResult, WritableRow } from './operation.ts';
export { parseSchema } from './schema/parse.ts';
export type { AtomicType, BaseType, ColumnSchema, ColumnShape, ColumnType, DatabaseSchema, TableSchema } from './schema/types.ts';
export type { FilteredTable, RowFilter, TableSelection } from './monitor/selection.ts';
export type { RowChange } from './monitor/updates.ts';
export type { Replica, ReplicaState } from './replica/replica.ts';
export type { ReplicaView } from './replica/view.ts';
export type { ChangeBatch, ChangeStreamOptions } from './replica/change-stream.ts';
export { createClient } from './session/client.ts';
export type {
  CancelSignal,
  ClientOptions,
  ClientStats,
  DatabaseClient,
  DatabaseMonitor,
  FilterChanges,
  TransactOptions,
} from './session/database-client.ts';
export type { RequestOptions } from './session/pending.ts';
export type { Lock, LockOptions, LockState } from './session/lock.ts';
export type { ServerCalls } from './session/server-calls.ts';
export { parseRemote, parseRemotes } from './session/remote.ts';
export type { Remote } from './session/remote.ts';
export { column } from './define/column.ts';
export type { AtomColumn, ColumnBuilders, ColumnDefinition, RowPointer } from './define/column.ts';
export { defineTable, definitionProblems, findRows, indexRows, rowOf, rowsOf, selectionOf, wantedRow } from './define/table.ts';
export { findBy, indexOn, indexOnEntry } from './define/table-index.ts';
export type { TableIndex } from './define/table-index.ts';
export { changesOf, onRows } from './define/table-changes.ts';
export type { TableBatch, TableChange } from './define/table-changes.ts';
export type { Columns, InsertOf, RowOf, TableDefinition } from './define/table.ts';
export { operationsOn } from './define/operations.ts';
export type { ConditionOn, MutationOn, RowWrite, TableOperations } from './define/operations.ts';
export { rowRef } from './planner/fragment.ts';
export type { Fragment, Membership, RowId, RowRef, WantedAtom, WantedRow, WantedValue } from './planner/fragment.ts';
export { keyedIdentity, namedIdentity, SINGLETON_KEY, singletonIdentity } from './planner/identity.ts';
export type { BrakeLimits } from './planner/brake.ts';
export { Planner } from './planner/planner.ts';
export type { Plan, PlanLimits, PlannerOptions } from './planner/planner.ts';
export { synchronize } from './planner/synchronizer.ts';
export type { Synchronizer, SynchronizerOptions, SynchronizerStats } from './planner/synchronizer.ts';
export type { ReportListener } from './planner/problem-book.ts';
export type { TableIdentity } from './planner/identity.ts';
