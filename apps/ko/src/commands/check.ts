/** `ko check`: do Kubernetes, the journal of addresses, OVN and the nodes tell the same story? */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { checkCluster } from '../check/check.ts';
import { type Context, say } from '../cli/context.ts';
import { secondsFlag } from '../cli/flags.ts';
import { inForm, type Output, outputOption } from '../cli/output.ts';
import { findingsDocument, printText } from '../print.ts';
import { readClusterFacts } from '../read/cluster-facts.ts';

const LOOK_AGAIN_MS = 500;

interface CheckFlags {
  readonly wait: number;
  readonly output: Output;
}

export function checkCommand(program: Command, context: () => Context): void {
  program
    .command('check')
    .description('compare Kubernetes, the IP objects, OVN and the nodes, and name every inconsistency with its way out')
    .option('--wait <seconds>', 'look again for so long while there are findings: changes may be under way', secondsFlag, 0)
    .addOption(outputOption())
    .addHelpText('after', '\nexample: ko --ovn-nb-addr unix:/run/ovn/ovnnb_db.sock --ovs node1=unix:/run/openvswitch/db.sock check')
    .action((flags: CheckFlags) => check(context(), flags));
}

async function check(context: Context, { wait, output }: CheckFlags): Promise<void> {
  const untilMs = Date.now() + wait;
  for (;;) {
    const facts = await readClusterFacts(context);
    const findings = checkCluster(facts);
    if (findings.length > 0 && Date.now() < untilMs) {
      await sleep(LOOK_AGAIN_MS);
      continue;
    }
    say(
      context,
      inForm(output, findingsDocument(facts, findings), () => printText(facts, findings)),
    );
    context.exitWith(findings.length === 0 ? 0 : 1);
    return;
  }
}
