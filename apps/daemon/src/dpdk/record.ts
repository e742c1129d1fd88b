/**
 * The way back, on disk: noted before anything is done, since afterwards nobody knows what was before.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DpdkPlan } from '@kube-ovn/datapath-dpdk';

/** What `dpdk undo` takes back. */
export interface DpdkRecord {
  /** In this order. */
  readonly undo: DpdkPlan['undo'];
  /** Settings of Open vSwitch as they were before the first apply. */
  readonly otherConfig: Readonly<Record<string, string>>;
}

/** The record; undefined when nothing was done. */
export async function readRecord(file: string): Promise<DpdkRecord | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return JSON.parse(text) as DpdkRecord;
}

/** Note one down, whole or not at all. */
export async function writeRecord(file: string, record: DpdkRecord): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o755 });
  await writeFile(`${file}.new`, `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** Forget it. */
export async function removeRecord(file: string): Promise<void> {
  await rm(file, { force: true });
}

/** What is to be taken back after another apply: the newest first. */
export function joined(before: DpdkRecord | undefined, plan: DpdkPlan, otherConfig: Readonly<Record<string, string>>): DpdkRecord {
  return { undo: [...plan.undo, ...(before?.undo ?? [])], otherConfig: before?.otherConfig ?? otherConfig };
}
