import { describe, expect, test } from 'vitest';
import { parseDpdkCommand } from './command.ts';
import { readWish } from './wish.ts';

const port = { kind: 'pci', name: 'uplink', bridge: 'br-phy', pciAddress: '0000:03:00.0' };

describe('readWish', () => {
  test('fields of the node, ports, and hugepages of pods', () => {
    const wish = readWish(JSON.stringify({ socketMemoryMib: [512, 0], pmdCpus: '2-3', podMemoryMib: 256, ports: [port] }), 'f');
    expect(wish).toMatchObject({ socketMemoryMib: [512, 0], pmdCpus: '2-3', ports: [port], pods: [{ memoryMib: 256 }] });
    expect(readWish('{}', 'f')).toEqual({ ports: [] });
  });

  test.each([
    ['no JSON', '{', 'f is not JSON'],
    ['no object', '[]', 'f: the whole [] : must be an object'.replace(' :', ':')],
    ['an unknown field', '{"pmdCpu": "2"}', 'f: pmdCpu "2": must be left out; known are pmdCpus'],
    ['a number as text', '{"socketMemoryMib": "512"}', 'f: socketMemoryMib "512": must be a number or a list of numbers'],
    ['pods’ memory as text', '{"podMemoryMib": "512"}', 'f: podMemoryMib "512": must be a number'],
    ['ports that are no list', '{"ports": {}}', 'f: ports {}: must be a list'],
    ['a port of no kind', '{"ports": [{"kind": "dpdk"}]}', 'f: ports[0].kind "dpdk": must be one of pci, af_packet, af_xdp'],
    ['a port that is none', '{"ports": [7]}', 'f: ports[0] 7: must be an object'],
    [
      'a card without address',
      JSON.stringify({ ports: [{ ...port, pciAddress: undefined }] }),
      'f: ports[0].pciAddress missing: must be a text',
    ],
    [
      'a driver that is none',
      JSON.stringify({ ports: [{ ...port, driver: 'e1000' }] }),
      'must be one of vfio-pci, uio_pci_generic, igb_uio',
    ],
  ])('%s is refused by field, value and form', (_name, text, says) => {
    expect(() => readWish(text, 'f')).toThrow(says);
  });
});

describe('parseDpdkCommand', () => {
  test('an action and its files', () => {
    expect(parseDpdkCommand(['apply', '--wish', 'w', '--record', 'r'])).toMatchObject({ action: 'apply', wishFile: 'w', recordFile: 'r' });
    expect(parseDpdkCommand(['undo'])).toMatchObject({ action: 'undo', recordFile: '/var/lib/kube-ovn/dpdk.json' });
    expect(parseDpdkCommand(['--help'])).toBe('help');
  });

  test.each([
    [['do'], 'dpdk "do": must be one of plan, apply, undo'],
    [['plan'], 'dpdk plan: --wish is missing'],
    [['plan', '--wsh', 'f'], '--wsh'],
    [['plan', 'apply', '--wish', 'f'], 'must be one of'],
  ])('%j is refused', (args, says) => {
    expect(() => parseDpdkCommand(args)).toThrow(says);
  });
});
