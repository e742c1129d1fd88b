/** `ko diagnose`: everything that is known to go wrong, looked at once. */
import { Argument, type Command } from 'commander';
import { type Context, say } from '../cli/context.ts';
import { minutesFlag } from '../cli/flags.ts';
import { inForm, type Output, outputOption } from '../cli/output.ts';
import { type Part, printReport, reportOf } from '../diagnose/report.ts';
import { exists, nodesOf, type Scope, within } from '../diagnose/scope.ts';
import { KoError } from '../errors.ts';
import { readParts } from '../read/diagnosis.ts';
import { type KubernetesFacts, readKubernetes } from '../read/kubernetes.ts';

interface DiagnoseFlags {
  readonly output: Output;
  readonly since: number;
}

const EXAMPLES = `
exit code: 1 when there are errors or warnings

examples:
  ko diagnose
  ko diagnose node node1
  ko diagnose subnet shop --since 60`;

export function diagnoseCommand(program: Command, context: () => Context): void {
  program
    .command('diagnose')
    .description('one report: databases, programs, nodes, chassis and tunnels, objects, warnings; findings by severity')
    .addArgument(new Argument('[what]', 'what it is about').choices(['all', 'node', 'subnet']).default('all'))
    .argument('[name]', 'of the node or Subnet')
    .option('--since <minutes>', 'warnings of so long ago', minutesFlag, minutesFlag('10'))
    .addOption(outputOption())
    .addHelpText('after', EXAMPLES)
    .action((what: Scope['kind'], name: string | undefined, flags: DiagnoseFlags) => report(context(), scopeOf(what, name), flags));
}

function scopeOf(what: Scope['kind'], name: string | undefined): Scope {
  if (what === 'all' && name === undefined) return { kind: 'all' };
  if (what === 'all' || name === undefined) throw new KoError('KO_USAGE', `diagnose ${what}: want "all", "node NAME" or "subnet NAME"`);
  return { kind: what, name };
}

async function report(context: Context, scope: Scope, { since, output }: DiagnoseFlags): Promise<void> {
  const facts = scope.kind === 'all' ? undefined : await readKubernetes(context.client);
  if (facts !== undefined && !exists(scope, facts)) throw new KoError('KO_NOT_FOUND', `there is no ${nameOf(scope)}`);
  const parts = await readParts(context, { nodes: facts && nodesOf(scope, facts), sinceMs: Date.now() - since });
  const about = nameOf(scope);
  const found = reportOf(about, facts === undefined ? parts : parts.map((part) => ({ ...part, findings: aboutScope(scope, facts, part) })));
  say(
    context,
    inForm(output, found, () => printReport(found)),
  );
  context.exitWith(found.findings.some(({ severity }) => severity !== 'note') ? 1 : 0);
}

/** Databases are in the way of everything; and whatever could not be looked at may be. */
function aboutScope(scope: Scope, facts: KubernetesFacts, { name, seen, findings }: Part): Part['findings'] {
  return name === 'databases' || seen === undefined ? findings : within(scope, facts, findings);
}

function nameOf(scope: Scope): string {
  return scope.kind === 'all' ? 'the cluster' : `${scope.kind} ${scope.name}`;
}
