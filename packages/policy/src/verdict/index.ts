/** The reference evaluator. */
export { verdict, type Verdict } from './verdict.ts';
export type { Flow, FlowEnd } from './flow.ts';
export type { Judgement } from './judgement.ts';
export type * from './objects.ts';
