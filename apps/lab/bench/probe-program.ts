/**
 * Runs inside a network namespace until its input ends: sends numbered datagrams to a netexec, and prints what was sent and what came back.
 * `node probe-program.ts ADDRESS PORT PERIOD_MS`; lines `s NUMBER TIME` and `a NUMBER TIME`, times in ms of the machine's monotonic clock.
 */
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';

const [, , host = '', port = '', periodMs = ''] = process.argv;
const now = (): string => (Number(process.hrtime.bigint()) / 1e6).toFixed(3);
const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
let sent = 0;
let lines = '';

socket.on('message', (answer) => (lines += `a ${answer.toString()} ${now()}\n`));
socket.on('error', () => undefined);
const timer = setInterval(() => {
  lines += `s ${sent} ${now()}\n`;
  socket.send(`echo ${sent}`, Number(port), host, () => undefined);
  sent += 1;
  process.stdout.write(lines);
  lines = '';
}, Number(periodMs));

process.stdin.resume().on('end', () => {
  clearInterval(timer);
  socket.close();
});
