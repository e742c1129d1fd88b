/**
 * What `ko` runs in pods that it makes: a server that says its name, echoes and counts, and whoever asks it.
 *
 * It travels to the pods as text, so that any image with Node will do: hence it imports nothing of ours, and is one file.
 */
import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { connect, createServer, isIPv6, type Socket } from 'node:net';

/** A question, asked again until the answer is as expected, or the time is over. */
export interface Probe {
  /** `connect` asks for nothing but a connection. */
  readonly protocol: 'tcp' | 'udp' | 'connect';
  /** An address, or a name of DNS. */
  readonly address: string;
  readonly port: number;
  readonly family: 4 | 6;
  /** Names of those that may answer; none: nobody shall. */
  readonly expected: readonly string[];
  readonly timeoutMs: number;
}

export interface ProbeResult {
  readonly isAsExpected: boolean;
  /** Who answered. */
  readonly answer?: string;
  /** Why nobody did. */
  readonly error?: string;
  readonly attempts: number;
}

/** Where an agent serves, and for how long it is asked for each measure. */
export interface Course {
  readonly address: string;
  readonly port: number;
  readonly ms: number;
}

/** As the receiver counted it. */
export interface Throughput {
  readonly bitsPerSecond: number;
  readonly packetsSent?: number;
  readonly packetsReceived?: number;
}

/** Of round trips, in microseconds. */
export interface Latency {
  readonly roundTrips: number;
  readonly min: number;
  readonly median: number;
  readonly p99: number;
}

/** All of one way, measured one after the other. */
export interface Measures {
  readonly tcp: Throughput;
  readonly udp: Throughput;
  readonly latency: Latency;
}

/** What an agent is told to do. */
export type Order =
  | { readonly do: 'serve'; readonly port: number; readonly name: string }
  | { readonly do: 'probe'; readonly probes: readonly Probe[] }
  | { readonly do: 'measure'; readonly course: Course; readonly bytes: number };

const ATTEMPT_MS = 1000;
const PAUSE_MS = 200;
const CHUNK = Buffer.alloc(256 * 1024);
/** Datagrams that are on their way to the kernel at the same time. */
const BURST = 64;
const CONNECT_MS = 20_000;

/** Ask or measure. */
export function carryOut(order: Exclude<Order, { readonly do: 'serve' }>): Promise<unknown> {
  switch (order.do) {
    case 'probe':
      return Promise.all(order.probes.map(probe));
    case 'measure':
      return measure(order.course, order.bytes);
  }
}

/** @returns what ends it */
export async function serve(port: number, name: string): Promise<() => Promise<void>> {
  const counts = new Map<string, Count>();
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    answer(socket, name, counts);
  });
  await listen(server, port);
  const datagrams = (await Promise.all((['udp4', 'udp6'] as const).map((type) => bind(type, port, { name, counts })))).filter(
    (socket) => socket !== undefined,
  );
  return async () => {
    for (const socket of sockets) socket.destroy();
    await Promise.all([
      new Promise((resolve) => server.close(resolve)),
      ...datagrams.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))),
    ]);
  };
}

interface Count {
  packets: number;
  bytes: number;
  firstMs: number;
  lastMs: number;
}

/** The first line says what is wanted: `name`, `echo`, `sink`, or `count ID` of datagrams. */
function answer(socket: Socket, name: string, counts: Map<string, Count>): void {
  socket.on('error', () => socket.destroy());
  socket.once('data', (first: Buffer) => {
    const end = first.indexOf(10);
    const [what = '', id = ''] = first.subarray(0, end).toString().split(' ');
    const rest = first.subarray(end + 1);
    if (what === 'echo') {
      if (rest.length > 0) socket.write(rest);
      socket.pipe(socket);
    } else if (what === 'sink') drain(socket, rest.length);
    else socket.end(what === 'count' ? JSON.stringify(counts.get(id) ?? { packets: 0, bytes: 0, firstMs: 0, lastMs: 0 }) : `${name}\n`);
  });
}

function drain(socket: Socket, already: number): void {
  let bytes = already;
  const startMs = performance.now();
  socket.on('data', (chunk: Buffer) => (bytes += chunk.length));
  socket.once('end', () => socket.end(JSON.stringify({ bytes, ms: performance.now() - startMs })));
}

/** Both families where there are both. */
function listen(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EAFNOSUPPORT' && error.code !== 'EADDRNOTAVAIL') return reject(error);
      server.once('error', reject);
      server.listen(port, '0.0.0.0', resolve);
    });
    server.listen(port, '::', resolve);
  });
}

/** @returns undefined where there is no such family */
function bind(
  type: 'udp4' | 'udp6',
  port: number,
  { name, counts }: { name: string; counts: Map<string, Count> },
): Promise<Datagrams | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket({ type, ipv6Only: type === 'udp6', recvBufferSize: 4 << 20 });
    socket.once('error', () => resolve(undefined));
    socket.on('message', (message, from) => {
      if (message[0] === 0) count(counts, message.toString('latin1', 1, 9), message.length);
      else socket.send(`${name}\n`, from.port, from.address);
    });
    socket.bind(port, () => {
      socket.removeAllListeners('error').on('error', () => undefined);
      resolve(socket);
    });
  });
}

function count(counts: Map<string, Count>, id: string, bytes: number): void {
  const now = performance.now();
  const found = counts.get(id) ?? { packets: 0, bytes: 0, firstMs: now, lastMs: now };
  found.packets += 1;
  found.bytes += bytes;
  found.lastMs = now;
  counts.set(id, found);
}

/** Ask until the answer is as expected. */
export async function probe(question: Probe): Promise<ProbeResult> {
  const end = performance.now() + question.timeoutMs;
  for (let attempts = 1; ; attempts++) {
    const found = await ask(question).then(
      (name) => ({ answer: name }),
      (error: NodeJS.ErrnoException) => ({ error: error.code ?? error.message }),
    );
    const isAsExpected = 'answer' in found ? question.expected.includes(found.answer) : question.expected.length === 0;
    if (isAsExpected || performance.now() > end) return { isAsExpected, attempts, ...found };
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

function ask({ protocol, address, port, family }: Probe): Promise<string> {
  return protocol === 'udp'
    ? askByDatagram(address, port, family)
    : askByConnection({ host: address, port, family }, protocol === 'connect');
}

function askByConnection(to: { readonly host: string; readonly port: number; readonly family: 4 | 6 }, isEnough: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(to);
    let text = '';
    const timer = setTimeout(() => socket.destroy(new Error('no answer')), ATTEMPT_MS);
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.once('connect', () => {
      if (isEnough) resolve('a connection');
      if (isEnough) socket.destroy();
      else socket.write('name\n');
    });
    socket.once('error', reject);
    socket.once('close', () => {
      clearTimeout(timer);
      if (text === '') reject(new Error('no answer'));
      else resolve(text.trim());
    });
  });
}

function askByDatagram(address: string, port: number, family: 4 | 6): Promise<string> {
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  return new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer')), ATTEMPT_MS);
    socket.once('message', (message) => resolve(message.toString().trim()));
    socket.once('error', reject);
    socket.once('close', () => clearTimeout(timer));
    socket.send('name\n', port, address, (error) => {
      if (error) reject(error);
    });
  }).finally(() => socket.close());
}

async function measure(course: Course, bytes: number): Promise<Measures> {
  const found = { latency: await latency(course), tcp: await tcpThroughput(course) };
  return { ...found, udp: await udpThroughput(course, bytes) };
}

/** Send as much as goes in the time; the receiver counts. */
async function tcpThroughput({ address, port, ms }: Course): Promise<Throughput> {
  const socket = await open(address, port);
  const counted = readAll(socket);
  socket.write('sink\n');
  const end = performance.now() + ms;
  while (performance.now() < end) if (!socket.write(CHUNK)) await new Promise((resolve) => socket.once('drain', resolve));
  socket.end();
  const { bytes, ms: tookMs } = JSON.parse(await counted) as { readonly bytes: number; readonly ms: number };
  return { bitsPerSecond: (bytes * 8000) / tookMs };
}

/** The same with datagrams, of which some may be lost. */
async function udpThroughput({ address, port, ms }: Course, bytes: number): Promise<Throughput> {
  const id = Math.random().toString(36).slice(2, 10).padEnd(8, '0');
  const packet = Buffer.concat([Buffer.from([0]), Buffer.from(id, 'latin1'), Buffer.alloc(Math.max(0, bytes - 9))]);
  const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', sendBufferSize: 4 << 20 });
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => socket.connect(port, address, () => resolve()));
  const end = performance.now() + ms;
  let sent = 0;
  const send = (): Promise<void> =>
    new Promise((resolve) =>
      socket.send(packet, (error) => {
        if (!error) sent += 1;
        resolve();
      }),
    );
  while (performance.now() < end) await Promise.all(Array.from({ length: BURST }, send));
  socket.close();
  // what is still on its way
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  const asking = await open(address, port);
  const counted = readAll(asking);
  asking.write(`count ${id}\n`);
  const { packets, bytes: received, firstMs, lastMs } = JSON.parse(await counted) as Count;
  return { bitsPerSecond: packets < 2 ? 0 : (received * 8000) / (lastMs - firstMs), packetsSent: sent, packetsReceived: packets };
}

/** Round trips of 64 bytes, one after the other. */
async function latency({ address, port, ms }: Course): Promise<Latency> {
  const socket = await open(address, port);
  socket.write('echo\n');
  const message = Buffer.alloc(64);
  const times: number[] = [];
  const end = performance.now() + ms;
  do {
    const startMs = performance.now();
    const back = received(socket, message.length);
    socket.write(message);
    await back;
    times.push((performance.now() - startMs) * 1000);
  } while (performance.now() < end);
  socket.destroy();
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return { roundTrips: sorted.length, min: at(0), median: at(0.5), p99: at(0.99) };
}

function received(socket: Socket, bytes: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let missing = bytes;
    const onClose = (): void => reject(new Error('the connection ended'));
    const onData = (chunk: Buffer): void => {
      missing -= chunk.length;
      if (missing > 0) return;
      socket.off('data', onData).off('close', onClose);
      resolve();
    };
    socket.on('data', onData).on('close', onClose);
  });
}

/** Again and again, until the server is there. */
async function open(address: string, port: number): Promise<Socket> {
  const end = performance.now() + CONNECT_MS;
  for (;;) {
    const found = await new Promise<Socket | Error>((resolve) => {
      const socket = connect({ host: address, port, noDelay: true });
      const timer = setTimeout(() => socket.destroy(new Error('no answer')), ATTEMPT_MS);
      socket.once('connect', () => {
        clearTimeout(timer);
        socket.removeAllListeners('error').on('error', () => socket.destroy());
        resolve(socket);
      });
      socket.once('error', resolve);
    });
    if (!(found instanceof Error)) return found;
    if (performance.now() > end) throw found;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

async function readAll(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}
