import { describe, expect, it } from 'vitest';
import { inNamespace, runTool } from './tool.ts';

describe('runTool', () => {
  it('gives output and passes input', async () => {
    expect((await runTool(['cat'], { input: 'hello' })).stdout).toBe('hello');
  });

  it('says what was run, how it ended and what it said', async () => {
    await expect(runTool(['ls', '/no/such/file'])).rejects.toThrow(/ls \/no\/such\/file: exit code 2: .*No such file/);
  });

  it('ends a tool that takes too long', async () => {
    await expect(runTool(['sleep', '60'], { timeoutMs: 50 })).rejects.toThrow('no end within 50 ms');
  });

  it('says that a program is missing', async () => {
    await expect(runTool(['no-such-program-here'])).rejects.toMatchObject({ code: 'LAB_MISSING_PROGRAM' });
  });

  it('hands arguments over as they are, without a shell', async () => {
    expect((await runTool(['echo', '$(id); `id`', '*'])).stdout).toBe('$(id); `id` *\n');
  });

  it('enters a namespace by nsenter', () => {
    expect(inNamespace('ko-n1', ['ip', 'link'])).toEqual(['nsenter', '--net=/run/netns/ko-n1', '--', 'ip', 'link']);
    expect(inNamespace(undefined, ['ip', 'link'])).toEqual(['ip', 'link']);
  });
});
