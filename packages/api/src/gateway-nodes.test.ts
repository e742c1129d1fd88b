import { expect, test } from 'vitest';
import { readGatewayNodes } from './gateway-nodes.ts';

test.for([
  ['', []],
  ['node1', [{ node: 'node1' }]],
  [' node1 , node-2.example,, ', [{ node: 'node1' }, { node: 'node-2.example' }]],
  [
    'node1:192.168.1.5,node2:fd00::5',
    [
      { node: 'node1', egressIp: '192.168.1.5' },
      { node: 'node2', egressIp: 'fd00::5' },
    ],
  ],
  ['node1,node2,node1:192.168.1.5', [{ node: 'node1' }, { node: 'node2' }]],
] as const)('%s', ([text, nodes]) => {
  expect(readGatewayNodes(text)).toEqual({ ok: true, nodes });
});

test.for(['node1:', 'node1:here', ':192.168.1.5', 'Node_1', 'node1;node2', 'node1:192.168.1.5:9'])('%s is none', (text) => {
  expect(readGatewayNodes(`node0,${text}`)).toEqual({ ok: false, bad: text });
});
