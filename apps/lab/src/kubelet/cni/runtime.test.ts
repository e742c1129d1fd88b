import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PluginCall } from './plugin.ts';
import { CniRuntime } from './runtime.ts';
import type { Attachment, NetworkConfigList } from './types.ts';

const list = (cniVersion: string): NetworkConfigList => ({
  cniVersion,
  name: 'net',
  plugins: [{ type: 'first', capabilities: { portMappings: true }, keep: 1 }, { type: 'second' }],
});
const attachment: Attachment = {
  containerId: 'c1',
  netns: '/run/netns/x',
  ifName: 'eth0',
  args: [
    ['A', '1'],
    ['B', '2'],
  ],
  capabilityArgs: { portMappings: [], bandwidth: {} },
};

describe('CniRuntime', () => {
  let dir: string;
  let calls: PluginCall[];
  let failing: string | undefined;
  let runtime: CniRuntime;
  const said = () => calls.map(({ type, environment }) => `${environment['CNI_COMMAND']} ${type}`);
  const start = () =>
    new CniRuntime({
      cacheDir: dir,
      path: ['/bin1', '/bin2'],
      call: async (call) => {
        calls.push(call);
        if (`${call.environment['CNI_COMMAND']} ${call.type}` === failing) throw new Error('no');
        return call.environment['CNI_COMMAND'] === 'ADD' ? { cniVersion: '1.0.0', by: call.type } : undefined;
      },
    });

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'lab-cni-'));
    calls = [];
    failing = undefined;
    runtime = start();
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('ADD goes forward, each plugin with the result of the one before', async () => {
    await runtime.add(list('1.0.0'), attachment);
    expect(said()).toEqual(['ADD first', 'ADD second']);
    expect(calls[0]?.config).toEqual({ type: 'first', keep: 1, cniVersion: '1.0.0', name: 'net', runtimeConfig: { portMappings: [] } });
    expect(calls[1]?.config).toEqual({
      type: 'second',
      cniVersion: '1.0.0',
      name: 'net',
      prevResult: { cniVersion: '1.0.0', by: 'first' },
    });
    expect(calls[0]?.environment).toEqual({
      CNI_COMMAND: 'ADD',
      CNI_CONTAINERID: 'c1',
      CNI_NETNS: '/run/netns/x',
      CNI_IFNAME: 'eth0',
      CNI_ARGS: 'A=1;B=2',
      CNI_PATH: '/bin1:/bin2',
    });
  });

  it('DEL goes backward, with the final result, also by a runtime that starts anew', async () => {
    await runtime.add(list('1.0.0'), attachment);
    calls = [];
    runtime = start();
    await runtime.delAll('c1', '');
    expect(said()).toEqual(['DEL second', 'DEL first']);
    expect(calls.map(({ config }) => config['prevResult'])).toEqual([
      { cniVersion: '1.0.0', by: 'second' },
      { cniVersion: '1.0.0', by: 'second' },
    ]);
    expect(calls[0]?.environment['CNI_NETNS']).toBe('');
    expect(runtime.cache.all()).toEqual([]);
  });

  it('DEL follows an ADD that failed half way', async () => {
    failing = 'ADD second';
    await expect(runtime.add(list('1.0.0'), attachment)).rejects.toThrow('no');
    await runtime.delAll('c1', '/run/netns/x');
    expect(said()).toEqual(['ADD first', 'ADD second', 'DEL second', 'DEL first']);
  });

  it('a DEL that fails is remembered and can be done again', async () => {
    await runtime.add(list('1.0.0'), attachment);
    failing = 'DEL second';
    await expect(runtime.delAll('c1', '')).rejects.toThrow('no');
    failing = undefined;
    calls = [];
    await runtime.delAll('c1', '');
    expect(said()).toEqual(['DEL second', 'DEL first']);
  });

  it('CHECK carries the final result; lists of 0.3.1 have no CHECK and no prevResult on DEL', async () => {
    await runtime.add(list('0.4.0'), attachment);
    calls = [];
    await runtime.check('c1');
    expect(said()).toEqual(['CHECK first', 'CHECK second']);
    expect(calls[0]?.config['prevResult']).toEqual({ cniVersion: '1.0.0', by: 'second' });
    await runtime.delAll('c1', '');
    await runtime.add(list('0.3.1'), attachment);
    calls = [];
    await runtime.check('c1');
    await runtime.delAll('c1', '');
    expect(said()).toEqual(['DEL second', 'DEL first']);
    expect(calls[0]?.config).not.toHaveProperty('prevResult');
  });

  it('GC names the living and detaches the dead; STATUS and GC are asked of 1.1.0 alone', async () => {
    await runtime.add(list('1.1.0'), attachment);
    await runtime.add(list('1.1.0'), { ...attachment, containerId: 'c2' });
    calls = [];
    await runtime.gc(list('1.1.0'), new Set(['c2']));
    expect(said()).toEqual(['DEL second', 'DEL first', 'GC first', 'GC second']);
    expect(calls.at(-1)?.config['cni.dev/valid-attachments']).toEqual([{ containerID: 'c2', ifname: 'eth0' }]);
    calls = [];
    await runtime.status(list('1.1.0'));
    await runtime.status(list('1.0.0'));
    await runtime.gc(list('1.0.0'), new Set(['c2']));
    expect(said()).toEqual(['STATUS first', 'STATUS second']);
  });
});
