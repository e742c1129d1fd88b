/**
 * Carries steps out by writing to sysfs, and takes back what it did when one of them fails.
 * @source Linux, Documentation/ABI/testing/sysfs-bus-pci; Documentation/admin-guide/mm/hugetlbpage.rst
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DpdkError } from '../errors.ts';
import { formatStep, inverseStep, type HugepagesStep, type Step } from '../step.ts';

/** Writes a text to a file that is there. */
export type WriteFile = (path: string, text: string) => Promise<void>;

/** How steps are carried out. */
export interface ApplyOptions {
  /** Where /sys of the host is found; default `/`. */
  readonly root?: string;
  /** For tests; default the one of `node:fs`. */
  readonly write?: WriteFile;
}

/**
 * Carry steps out, in their order: all of them, or none.
 *
 * @throws {DpdkError} DPDK_STEP_FAILED, or DPDK_HUGEPAGES_SHORT when the kernel found fewer pages than asked for. What had been done is
 *   taken back; `left` says what could not be.
 */
export async function applySteps(steps: readonly Step[], options: ApplyOptions = {}): Promise<void> {
  const host = new Host(options);
  const done: Step[] = [];
  for (const step of steps) {
    try {
      await host.apply(step);
    } catch (cause) {
      // The kernel may have found some of the pages.
      if (step.kind === 'hugepages') done.push(step);
      throw failure(step, cause, await host.takeBack(done));
    }
    done.push(step);
  }
}

class Host {
  readonly #root: string;
  readonly #write: WriteFile;

  constructor({ root = '/', write = (path, text) => writeFile(path, text, { flag: 'r+' }) }: ApplyOptions) {
    this.#root = root;
    this.#write = write;
  }

  async apply(step: Step): Promise<void> {
    switch (step.kind) {
      case 'hugepages':
        return this.#setHugepages(step);
      case 'unbind':
        return this.#write(join(this.#root, '/sys/bus/pci/drivers', step.driver, 'unbind'), step.pciAddress);
      case 'override':
        // A line end alone takes the override away.
        return this.#write(join(this.#root, '/sys/bus/pci/devices', step.pciAddress, 'driver_override'), `${step.to ?? ''}\n`);
      case 'bind':
        return this.#write(join(this.#root, '/sys/bus/pci/drivers', step.driver, 'bind'), step.pciAddress);
    }
  }

  /** Undo, last first; what fails stays, and so does whatever was done to the same thing before it. */
  async takeBack(done: readonly Step[]): Promise<readonly Step[]> {
    const left: Step[] = [];
    for (const step of done.toReversed()) {
      const isHeld = left.some((other) => thingOf(other) === thingOf(step));
      if (isHeld || !(await this.#undone(step))) left.push(step);
    }
    return left;
  }

  async #undone(step: Step): Promise<boolean> {
    try {
      await this.apply(inverseStep(step));
      return true;
    } catch {
      // The first failure is the one to report; this step is named as left.
      return false;
    }
  }

  async #setHugepages({ numaNode, sizeKib, to }: HugepagesStep): Promise<void> {
    const path = await this.#poolFile(numaNode, sizeKib);
    await this.#write(path, String(to));
    const found = Number(await readFile(path, 'utf8'));
    if (found < to) throw new DpdkError('DPDK_HUGEPAGES_SHORT', `the kernel found ${found} of ${to} pages`);
  }

  /** A kernel without NUMA has one pool. */
  async #poolFile(numaNode: number, sizeKib: number): Promise<string> {
    const pool = join(`hugepages-${sizeKib}kB`, 'nr_hugepages');
    const path = join(this.#root, `/sys/devices/system/node/node${numaNode}/hugepages`, pool);
    const isThere = await readFile(path).then(
      () => true,
      () => false,
    );
    return isThere || numaNode !== 0 ? path : join(this.#root, '/sys/kernel/mm/hugepages', pool);
  }
}

function thingOf(step: Step): string {
  return step.kind === 'hugepages' ? `${step.numaNode}/${step.sizeKib}` : step.pciAddress;
}

function failure(step: Step, cause: unknown, left: readonly Step[]): DpdkError {
  const isShort = cause instanceof DpdkError && cause.code === 'DPDK_HUGEPAGES_SHORT';
  const why = cause instanceof Error ? cause.message : String(cause);
  const rest = left.length === 0 ? 'everything is as it was' : `to be taken back by hand: ${left.map(formatStep).join('; ')}`;
  const remedy = isShort ? '; set them aside at boot (hugepages=), when memory is in one piece' : '';
  return new DpdkError(isShort ? 'DPDK_HUGEPAGES_SHORT' : 'DPDK_STEP_FAILED', `cannot ${formatStep(step)}: ${why}${remedy}; ${rest}`, {
    cause,
    step,
    left,
  });
}
