/** Read the machine's facts for the Node object. */
import { readFileSync } from 'node:fs';
import { arch, cpus, release, totalmem } from 'node:os';
import type { NodeFacts } from './node-object.ts';

export function readNodeFacts(identity: Pick<NodeFacts, 'name' | 'addresses' | 'socket'>): NodeFacts {
  return {
    ...identity,
    // A lab's nodes share the machine; each says the whole of it, so that the scheduler has room for a demo.
    cpus: Math.max(8, cpus().length),
    memoryBytes: totalmem(),
    kernelVersion: release(),
    osImage: osImage(),
    architecture: { x64: 'amd64', arm64: 'arm64' }[arch() as string] ?? arch(),
    bootId: readText('/proc/sys/kernel/random/boot_id'),
  };
}

function osImage(): string {
  return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(readText('/etc/os-release'))?.[1] ?? 'Linux';
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
