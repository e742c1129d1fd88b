/**
 * Carry the command `dpdk` out.
 */
import { readFile } from 'node:fs/promises';
import { formatStep, planDpdk, type DpdkPlanResult } from '@kube-ovn/datapath-dpdk';
import { applySteps, readInventory } from '@kube-ovn/datapath-dpdk/node';
import type { DpdkCommand } from './command.ts';
import { joined, readRecord, removeRecord, writeRecord } from './record.ts';
import { renderPlan } from './render.ts';
import { openDpdkSwitch, type DpdkSwitch, type Wanted } from './switch.ts';
import { readWish } from './wish.ts';

type Say = (line: string) => void;
type Planned = Extract<DpdkPlanResult, { readonly ok: true }>;

/**
 * Do what the command says.
 * @returns exit code: 0, or 1 when something is refused or is not as it shall be
 */
export async function runDpdk(command: DpdkCommand, say: Say): Promise<number> {
  await using open = await openDpdkSwitch(command.ovsSocket);
  if (command.action === 'undo') return await undo(command, open, say);
  const file = command.wishFile ?? '';
  const result = planDpdk(readInventory(command.hostRoot), readWish(await readFile(file, 'utf8'), file));
  const lines = renderPlan(result, open.now());
  for (const line of lines) say(line);
  if (lines.length === 0) say('nothing to do');
  if (!result.ok) return 1;
  if (command.action === 'plan') return result.refusals.length === 0 ? 0 : 1;
  return await apply(command, { open, result }, say);
}

async function apply(
  { recordFile, hostRoot }: DpdkCommand,
  { open, result }: { readonly open: DpdkSwitch; readonly result: Planned },
  say: Say,
): Promise<number> {
  const { plan } = result;
  const before = open.now();
  await writeRecord(recordFile, joined(await readRecord(recordFile), plan, before.otherConfig));
  await applySteps(plan.steps, { root: hostRoot });
  // before DPDK is there ovs-vswitchd would try to open a card again and again
  const ports = before.isInitialized ? plan.ports : [];
  const wanted: Wanted = Object.fromEntries(ports.map(({ name, fragment }) => [owner(name), fragment]));
  const problems = [...(await open.write({ settings: plan.fragment, ...wanted }))];
  const errors = await open.errors(ports.map(({ name }) => name));
  // and so it does with one that fails
  await open.write(Object.fromEntries([...errors.keys()].map((name) => [owner(name), undefined])));
  problems.push(...[...errors].map(([name, error]) => `port ${name}: ${error}; it was taken away again`));
  for (const problem of problems) say(`failed: ${problem}`);
  return problems.length + result.refusals.length === 0 ? 0 : 1;
}

function owner(port: string): string {
  return `port ${port}`;
}

async function undo({ recordFile, hostRoot }: DpdkCommand, open: DpdkSwitch, say: Say): Promise<number> {
  const record = await readRecord(recordFile);
  if (record === undefined) {
    say(`nothing to take back: there is no ${recordFile}`);
    return 0;
  }
  const problems = await open.write({});
  await open.restore(record.otherConfig);
  for (const step of record.undo) say(`step: ${formatStep(step)}`);
  await applySteps(record.undo, { root: hostRoot });
  await removeRecord(recordFile);
  say('then: start ovs-vswitchd anew');
  for (const problem of problems) say(`failed: ${problem}`);
  return problems.length === 0 ? 0 : 1;
}
