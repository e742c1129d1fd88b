/** Run one CNI plugin. */
import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import { LabError } from '../../errors.ts';
import { findProgram } from '../../infra/preconditions.ts';
import { MARKER } from '../../infra/layout.ts';

export interface PluginCall {
  readonly type: string;
  /** plugin folders, in order */
  readonly path: readonly string[];
  readonly config: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string>>;
  /** default 120 000 ms, as kubelet's runtime calls have */
  readonly timeoutMs?: number;
}

const MAX_OUTPUT = 1 << 20;

/**
 * Run a plugin and give its answer's JSON, or undefined when it printed nothing.
 *
 * @throws {LabError} LAB_CNI with the plugin's own error message and code, or how it failed
 * @source CNI SPEC section 2 (protocol) and section 5 (error: code, msg, details)
 */
export async function callPlugin(call: PluginCall): Promise<unknown> {
  const file = findProgram(call.type, call.path.join(delimiter));
  if (file === undefined)
    throw new LabError('LAB_CNI', `failed to find plugin ${JSON.stringify(call.type)} in path [${call.path.join(' ')}]`);
  const { stdout, stderr, code } = await run(file, call);
  const answer = parseAnswer(stdout);
  if (code === 0) {
    if (answer === undefined && stdout.trim() !== '')
      throw new LabError('LAB_CNI', `plugin ${call.type}: answer is not JSON: ${JSON.stringify(stdout.slice(0, 200))}`);
    return answer;
  }
  const verb = call.environment['CNI_COMMAND'] ?? '';
  if (isError(answer)) {
    const details = answer.details === undefined || answer.details === '' ? '' : `; ${answer.details}`;
    throw new LabError('LAB_CNI', `plugin type=${JSON.stringify(call.type)} failed (${verb.toLowerCase()}): ${answer.msg}${details}`, {
      details: { cniCode: answer.code },
    });
  }
  throw new LabError(
    'LAB_CNI',
    `plugin type=${JSON.stringify(call.type)} failed (${verb.toLowerCase()}): ${code === null ? 'no end in time' : `exit code ${code}`} without an error object: ${(stderr || stdout).trim().slice(-300)}`,
  );
}

function parseAnswer(stdout: string): unknown {
  try {
    return JSON.parse(stdout);
  } catch {
    return undefined;
  }
}

function isError(answer: unknown): answer is { code: number; msg: string; details?: string } {
  return typeof answer === 'object' && answer !== null && 'msg' in answer && typeof answer.msg === 'string';
}

async function run(file: string, call: PluginCall): Promise<{ stdout: string; stderr: string; code: number | null }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ stdout: string; stderr: string; code: number | null }>();
  const { PATH = '', [MARKER]: marker } = process.env;
  // The spec's variables and nothing of the kubelet's own environment but the search path and the lab's marker.
  const env = { PATH, ...(marker !== undefined && { [MARKER]: marker }), ...call.environment };
  const child = spawn(file, [], { env, stdio: ['pipe', 'pipe', 'pipe'], timeout: call.timeoutMs ?? 120_000, killSignal: 'SIGKILL' });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      if (output[stream].length < MAX_OUTPUT) output[stream] += chunk;
    });
  }
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(call.config));
  child.on('error', (cause) => reject(new LabError('LAB_CNI', `can't run plugin ${file}`, { cause })));
  child.on('close', (code) => resolve({ ...output, code }));
  return promise;
}
