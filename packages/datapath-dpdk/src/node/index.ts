/** The thin shell: what a real host has, and the steps of a plan on it. */
export { readInventory } from './inventory.ts';
export type { ApplyOptions, WriteFile } from './apply-steps.ts';
export { applySteps } from './apply-steps.ts';
