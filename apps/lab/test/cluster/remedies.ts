/** When packets do not go where the objects say, which memory had it wrong: all are made anew, one after another, until it is right. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from '../../src/infra/tool.ts';
import type { Lab } from '../../src/lab/lab.ts';

/** What an ovs-vswitchd answers, or what it has against the question. */
export async function vswitchdAsk(dir: string, ...command: readonly string[]): Promise<string> {
  return control(join(dir, 'ovs-vswitchd.ctl'), command);
}

/** @returns the first remedy after which it is right */
export async function whatHelps({ layout }: Lab, isRight: () => Promise<boolean>): Promise<string> {
  const nodes = layout.nodeList.map(({ name, dir }) => ({ name, dir }));
  const switches = [...nodes, { name: 'the trunk', dir: layout.trunk.dir }];
  const remedies: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['a while', () => Promise.resolve()],
    ...switches.map(({ name, dir }) => [`cached flows of ${name} made anew`, () => vswitchdAsk(dir, 'revalidator/purge')] as const),
    ...switches.map(({ name, dir }) => [`addresses of ${name} learned anew`, () => vswitchdAsk(dir, 'fdb/flush')] as const),
    ...nodes.map(({ name, dir }) => [`flows of ${name} computed anew`, () => recompute(dir)] as const),
  ];
  for (const [name, apply] of remedies) {
    await apply();
    if (await isRight()) return name;
  }
  return 'nothing that was tried';
}

function recompute(dir: string): Promise<string> {
  const pid = readFileSync(join(dir, 'ovn-controller.pid'), 'utf8').trim();
  return control(join(dir, `ovn-controller.${pid}.ctl`), ['inc-engine/recompute']);
}

async function control(socket: string, command: readonly string[]): Promise<string> {
  const { stdout, stderr } = await runTool(['ovs-appctl', `--target=${socket}`, ...command], { accept: [0, 1, 2] });
  return `${stdout}${stderr}`.trim();
}
