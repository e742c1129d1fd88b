/** What people ask of a network, answered from its objects. The only door of the package. */
export { InsightError, type InsightErrorCode } from './errors.ts';
export { type GraphEdge, type GraphNode, type NodeKind, type Topology, topologyOf, type TopologyObjects } from './topology/topology.ts';
export type { Answer, Culprit, Step, Way, WhyCode } from './why/answer.ts';
export { isIn } from './why/blocks.ts';
export { type Connection, connectionKey, connectionsOf } from './why/connections.ts';
export { isOver, type Party } from './why/ends.ts';
export type { Dropped, Listener, Origin, Traced, Unresolved } from './why/evidence.ts';
export { printAnswer, verdictText } from './why/print.ts';
export { type End, type Question, readEnd, readPort } from './why/question.ts';
export { why } from './why/why.ts';
export type { Evidence, OvnWorld, SeenChassis, SeenInterface, SeenNode, SeenPort, World } from './why/world.ts';
