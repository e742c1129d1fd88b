import { describe, expect, it } from 'vitest';
import { readConfig, usage } from './config.ts';

describe('command line', () => {
  it('has defaults for all but the directory', () => {
    expect(readConfig(['--dir', '/d'])).toEqual({
      dir: '/d',
      port: 0,
      serviceClusterIpRange: '10.96.0.0/12',
      advertise: { address: '10.255.0.100', port: 6443 },
      historyLimit: 2048,
    });
  });

  it('reads every flag that it shows', () => {
    expect(
      readConfig([
        '--dir=/d',
        '--port=6443',
        '--service-cluster-ip-range=fd00::/112',
        '--advertise=[fd00::1]:443',
        '--history=100',
        '--data=/f',
      ]),
    ).toEqual({
      dir: '/d',
      port: 6443,
      serviceClusterIpRange: 'fd00::/112',
      advertise: { address: 'fd00::1', port: 443 },
      historyLimit: 100,
      dataFile: '/f',
    });
    for (const flag of ['--dir', '--port', '--service-cluster-ip-range', '--advertise', '--history', '--data'])
      expect(usage).toContain(`${flag} `);
  });

  it.each([
    [[], '--dir: is required'],
    [['--dir', '/d', '--port', '70000'], '--port: "70000" is not an integer from 0 to 65535'],
    [['--dir', '/d', '--advertise', 'here'], '--advertise: "here" is not ADDRESS:PORT'],
    [['--dir', '/d', '--history', '1'], '--history: "1"'],
    [['--dri', '/d'], "Unknown option '--dri'"],
  ])('%j is refused', (args, message) => {
    expect(() => readConfig(args)).toThrow(message);
  });
});
