import { describe, expect, it } from 'vitest';
import { parseCommandLine } from './arguments.ts';

describe('parseCommandLine', () => {
  it('starts a lab of three nodes with the demo when nothing is said', () => {
    const parsed = parseCommandLine([]);
    expect(parsed).toMatchObject({
      command: 'up',
      up: {
        once: false,
        detach: false,
        demo: true,
        port: 0,
        timeoutMs: 120_000,
        layout: { name: 'ko', nodes: 3, families: 'ipv4', raft: false },
      },
    });
  });

  it('reads every option', () => {
    const parsed = parseCommandLine([
      'up',
      '--nodes',
      '2',
      '--dual',
      '--detach',
      '--raft',
      '--port=7443',
      '--kubeconfig',
      '/k',
      '--timeout',
      '5',
      '--name',
      'x1',
    ]);
    expect(parsed).toMatchObject({
      up: { detach: true, port: 7443, kubeconfig: '/k', timeoutMs: 5000, layout: { name: 'x1', nodes: 2, families: 'dual', raft: true } },
    });
  });

  it.each(['down', 'status', 'matrix'] as const)('%s takes a name', (command) => {
    expect(parseCommandLine([command, '--name', 'abc'])).toEqual({ command, name: 'abc' });
  });

  it('--help wins over everything', () => expect(parseCommandLine(['down', '--help'])).toEqual({ command: 'help' }));

  it.each([
    [['--nodes', 'x'], /--nodes "x": want a whole number/],
    [['--nodes', '0'], /--nodes 0: want a whole number from 1 to 9/],
    [['--ipv6', '--dual'], /choose one/],
    [['--once', '--detach'], /choose one/],
    [['--once', '--no-demo'], /choose one/],
    [['--port', '99999'], /--port 99999: want 0 to 65535/],
    [['--name', '../x'], /--name "\.\.\/x"/],
    [['--what'], /--what/],
    [['dance'], /"dance": want up, matrix, status or down/],
    [['up', 'down'], /one command at a time/],
  ])('%s is refused', (args, message) => {
    expect(() => parseCommandLine(args)).toThrow(message);
    expect(() => parseCommandLine(args)).toThrow(expect.objectContaining({ code: 'LAB_USAGE' }) as Error);
  });
});
