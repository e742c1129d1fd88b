/** What people ask of a network, answered from its objects. The only door of the package. */
export { type GraphEdge, type GraphNode, type NodeKind, type Topology, topologyOf, type TopologyObjects } from './topology/topology.ts';
