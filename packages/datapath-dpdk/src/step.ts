/**
 * The steps by which a host gets to where a plan wants it, as data. Each says from what to what, so that each has a way back.
 */

/** Set aside hugepages of a NUMA node. */
export interface HugepagesStep {
  readonly kind: 'hugepages';
  readonly numaNode: number;
  readonly sizeKib: number;
  readonly from: number;
  readonly to: number;
}

/** Take a card from its driver. */
export interface UnbindStep {
  readonly kind: 'unbind';
  readonly pciAddress: string;
  readonly driver: string;
}

/** Say which driver alone may take a card; undefined: any that knows it. */
export interface OverrideStep {
  readonly kind: 'override';
  readonly pciAddress: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** Give a card to a driver. */
export interface BindStep {
  readonly kind: 'bind';
  readonly pciAddress: string;
  readonly driver: string;
}

/** One change of the host. */
export type Step = HugepagesStep | UnbindStep | OverrideStep | BindStep;

/** The step that takes another one back. */
export function inverseStep(step: Step): Step {
  switch (step.kind) {
    case 'hugepages':
    case 'override':
      return { ...step, from: step.to, to: step.from } as Step;
    case 'unbind':
      return { ...step, kind: 'bind' };
    case 'bind':
      return { ...step, kind: 'unbind' };
  }
}

/** The way back: the inverse steps, last first. */
export function undoSteps(steps: readonly Step[]): readonly Step[] {
  return steps.toReversed().map(inverseStep);
}

/** A step as a few words. */
export function formatStep(step: Step): string {
  switch (step.kind) {
    case 'hugepages':
      return `set ${step.to} hugepages of ${step.sizeKib} KiB aside on NUMA node ${step.numaNode} (from ${step.from})`;
    case 'unbind':
      return `take ${step.pciAddress} from driver ${step.driver}`;
    case 'override':
      return step.to === undefined ? `let any driver take ${step.pciAddress}` : `let only driver ${step.to} take ${step.pciAddress}`;
    case 'bind':
      return `give ${step.pciAddress} to driver ${step.driver}`;
  }
}
