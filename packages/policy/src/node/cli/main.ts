#!/usr/bin/env node
/** `policy`: what network policies do, told from files of Kubernetes objects, without a cluster. */
import { formatPort, type Invocation, parseEnd, parseInvocation, parsePort, UsageError } from './arguments.ts';
import { compiledLines, costLines } from './compile.ts';
import { ManifestError, readManifests } from './manifests.ts';
import { commonFamilies, matricesOf, matrixLines } from './matrix.ts';
import { compileObjects, type CompiledObjects } from '../../compile-objects.ts';
import { verdict } from '../../verdict/index.ts';

const USAGE = `usage: policy COMMAND [ARGUMENTS] -f FILE... [OPTIONS]

Reads Kubernetes objects (Namespace, Pod with status.podIPs, Node, NetworkPolicy, AdminNetworkPolicy, BaselineAdminNetworkPolicy,
ClusterNetworkPolicy, SecurityGroup, Subnet; others are passed over) from YAML or JSON files and says what they do.

commands
  matrix                 who may reach whom, on the ports that containers and rules name
  explain FROM TO PORT   whether one connection is let through, and what says so: which rule, and which ACL
  compile                the ACLs, port groups and address sets that policies are in OVN
  cost                   how many rows and flows that is, and which policies cost more than they seem to

FROM and TO are namespace/pod, node/NAME or an address; PORT is TCP/80, UDP/53, SCTP/90, 80 (TCP) or ICMP.

options
  -f, --file FILE    a file, a directory, or - for standard input (may be repeated)
  -p, --port PORT    matrix: this port alone (may be repeated)
  --json             JSON instead of text
  --tiers            compile for an OVN whose ACLs have tiers (23.09 and later)
  -h, --help

exit codes: 0 done; explain: let through. 1 the files can not be used. 2 wrong usage. 3 explain: not let through.

examples
  kubectl get ns,nodes,pods,netpol -A -o yaml > cluster.yaml
  policy matrix -f cluster.yaml --json
  policy explain shop/web shop/db TCP/5432 -f cluster.yaml
  policy compile -f cluster.yaml
  policy explain 192.0.2.7 shop/web 443 -f cluster.yaml -f new-policy.yaml
`;

type Write = (line: string) => void;

const COMMANDS: Readonly<Record<string, (invocation: Invocation, write: Write) => number>> = { matrix, explain, compile, cost };

function matrix(invocation: Invocation, write: Write): number {
  if (invocation.positionals.length > 0) throw new UsageError(`unexpected "${invocation.positionals.join(' ')}": files are given with -f`);
  const objects = load(invocation);
  const matrices = invocation.ports.length > 0 ? matricesOf(objects, invocation.ports) : matricesOf(objects);
  if (invocation.isJson) write(JSON.stringify(matrices, undefined, 2));
  else for (const line of matrixLines(matrices)) write(line);
  return 0;
}

function explain(invocation: Invocation, write: Write): number {
  const [fromText, toText, portText, ...more] = invocation.positionals;
  if (fromText === undefined || toText === undefined || portText === undefined || more.length > 0)
    throw new UsageError('explain takes FROM, TO and PORT, and files with -f');
  const [from, to, port] = [parseEnd(fromText), parseEnd(toText), parsePort(portText)];
  const objects = load(invocation);
  const { engine } = compileObjects(objects, { aclTiers: invocation.hasTiers });
  const families = commonFamilies(objects, from, to);
  if (families.length === 0)
    throw new ManifestError(`${fromText} and ${toText} have no address of the same family, or are not in the files`);
  const answers = families.map((family) => {
    const flow = { from, to, family, ...port };
    return { family, judged: verdict(objects, flow), compiled: engine.explain(flow) };
  });
  if (invocation.isJson)
    write(JSON.stringify(Object.fromEntries(answers.map(({ family, judged }) => [`IPv${family}`, judged])), undefined, 2));
  else
    for (const { family, judged, compiled } of answers) {
      write(`${judged?.action} IPv${family} ${formatPort(port)} ${fromText} > ${toText}`);
      write(`  egress of ${fromText}: ${judged?.egress.action}, ${judged?.egress.because}`);
      write(`  ingress of ${toText}: ${judged?.ingress.action}, ${judged?.ingress.because}`);
      for (const acl of new Set([compiled?.egress.acl, compiled?.ingress.acl])) if (acl !== undefined) write(`  ACL ${acl}`);
    }
  return answers.some(({ judged }) => judged?.action === 'deny') ? 3 : 0;
}

function compile(invocation: Invocation, write: Write): number {
  const compiled = compiledOf(invocation);
  if (invocation.isJson) write(JSON.stringify(Object.fromEntries(compiled.fragments), undefined, 2));
  else for (const line of compiledLines(compiled)) write(line);
  for (const { message } of compiled.problems) complain(message);
  return 0;
}

function cost(invocation: Invocation, write: Write): number {
  const compiled = compiledOf(invocation);
  const costs = compiled.engine.cost();
  if (invocation.isJson) write(JSON.stringify(costs, undefined, 2));
  else for (const line of costLines(compiled, costs)) write(line);
  for (const { message } of [...compiled.problems, ...costs.problems]) complain(message);
  return 0;
}

function compiledOf(invocation: Invocation): CompiledObjects {
  if (invocation.positionals.length > 0) throw new UsageError(`unexpected "${invocation.positionals.join(' ')}": files are given with -f`);
  return compileObjects(load(invocation), { aclTiers: invocation.hasTiers });
}

function load({ files }: Invocation): ReturnType<typeof readManifests>['objects'] {
  if (files.length === 0) throw new UsageError('no file is given: -f FILE');
  const { objects, ignored } = readManifests(files);
  if (ignored.size > 0) complain(`passed over ${[...ignored].map(([kind, count]) => `${count} ${kind}`).join(', ')}`);
  return objects;
}

function complain(text: string): void {
  for (const line of text.split('\n')) process.stderr.write(`policy: ${line}\n`);
}

function main(args: readonly string[]): number {
  const invocation = parseInvocation(args);
  const write: Write = (line) => void process.stdout.write(`${line}\n`);
  if (invocation.isHelp) {
    write(USAGE.trimEnd());
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, invocation.command ?? '') ? COMMANDS[invocation.command ?? ''] : undefined;
  if (command === undefined)
    throw new UsageError(invocation.command === undefined ? 'a command is needed' : `unknown command "${invocation.command}"`);
  return command(invocation, write);
}

// A reader that goes away (head, less) ends the program without a complaint.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) {
    complain(error.message);
    process.stderr.write(`\n${USAGE}`);
  } else complain(error instanceof Error ? error.message : String(error));
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
