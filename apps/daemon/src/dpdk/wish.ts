/**
 * Text of a file → a wish for DPDK, as far as its form goes; values are the plan's to judge.
 */
import type { DpdkWish } from '@kube-ovn/datapath-dpdk';
import { ConfigError } from '../config.ts';

type Form = 'text' | 'number' | 'truth' | 'numbers';
type Fields = Readonly<Record<string, readonly Form[]>>;

const NODE: Fields = {
  pmdCpus: ['text'],
  pmdCpusPerNumaNode: ['number'],
  lcoreCpus: ['text'],
  pmdMaxSleepUs: ['number'],
  hugepageSizeKib: ['number'],
  socketMemoryMib: ['number', 'numbers'],
  hostMemoryMib: ['number'],
};
const LINK: Fields = { kind: ['text'], name: ['text'], bridge: ['text'], rxQueues: ['number'], pinQueues: ['truth'], mtuBytes: ['number'] };
const CARD: Fields = { ...LINK, pciAddress: ['text'], driver: ['text'], evenIfInUse: ['truth'], descriptors: ['number'] };
/** Fields of a port by its kind, and those without which there is none. */
const PORTS: Readonly<Record<string, { readonly fields: Fields; readonly needed: readonly string[] }>> = {
  pci: { fields: CARD, needed: ['name', 'bridge', 'pciAddress'] },
  af_packet: { fields: { ...LINK, link: ['text'] }, needed: ['name', 'bridge', 'link'] },
  af_xdp: { fields: { ...LINK, link: ['text'] }, needed: ['name', 'bridge', 'link'] },
};
const DRIVERS: readonly unknown[] = [undefined, 'vfio-pci', 'uio_pci_generic', 'igb_uio'];

/**
 * Read a wish. Pods are none of its business: their hugepages are `podMemoryMib` of a node that does not know them yet.
 * @throws {ConfigError} naming file, field, value and what it takes
 */
export function readWish(text: string, file: string): DpdkWish {
  const at = (field: string, value: unknown, takes: string): ConfigError =>
    new ConfigError(`${file}: ${field} ${JSON.stringify(value)?.slice(0, 200) ?? 'missing'}: must be ${takes}`);
  let wish: unknown;
  try {
    wish = JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isRecord(wish)) throw at('the whole', wish, 'an object');
  const { ports = [], podMemoryMib = 0, ...node } = wish;
  checkFields(node, NODE, (field, value, takes) => at(field, value, takes));
  if (!isForm(podMemoryMib, 'number')) throw at('podMemoryMib', podMemoryMib, FORMS.number);
  if (!Array.isArray(ports)) throw at('ports', ports, 'a list');
  for (const [index, port] of ports.entries()) checkPort(port, (field, value, takes) => at(`ports[${index}]${field}`, value, takes));
  return { ...node, ports, ...(podMemoryMib === 0 ? {} : { pods: [podsTogether(Number(podMemoryMib))] }) } as DpdkWish;
}

type Complain = (field: string, value: unknown, takes: string) => ConfigError;

function checkPort(port: unknown, complain: Complain): void {
  if (!isRecord(port)) throw complain('', port, 'an object');
  const { kind } = port;
  const known = typeof kind === 'string' && Object.hasOwn(PORTS, kind) ? PORTS[kind] : undefined;
  if (known === undefined) throw complain('.kind', kind, `one of ${Object.keys(PORTS).join(', ')}`);
  checkFields(port, known.fields, (field, value, takes) => complain(`.${field}`, value, takes));
  for (const field of known.needed) if (port[field] === undefined) throw complain(`.${field}`, undefined, 'a text');
  if (!DRIVERS.includes(port['driver'])) throw complain('.driver', port['driver'], 'one of vfio-pci, uio_pci_generic, igb_uio');
}

function checkFields(object: Readonly<Record<string, unknown>>, fields: Fields, complain: Complain): void {
  for (const [field, value] of Object.entries(object)) {
    const forms = Object.hasOwn(fields, field) ? fields[field] : undefined;
    if (forms === undefined) throw complain(field, value, `left out; known are ${Object.keys(fields).join(', ')}`);
    if (!forms.some((form) => isForm(value, form))) throw complain(field, value, forms.map((form) => FORMS[form]).join(' or '));
  }
}

const FORMS: Readonly<Record<Form, string>> = { text: 'a text', number: 'a number', truth: 'true or false', numbers: 'a list of numbers' };

function isForm(value: unknown, form: Form): boolean {
  if (form === 'text') return typeof value === 'string';
  if (form === 'truth') return typeof value === 'boolean';
  if (form === 'number') return typeof value === 'number';
  return Array.isArray(value) && value.every((each) => typeof each === 'number');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** So that hugepages of pods are set aside too: ports are made by their ADD. */
function podsTogether(memoryMib: number): NonNullable<DpdkWish['pods']>[number] {
  return { pod: 'all', uid: 'all', volume: 'all', socket: 'all', bridge: 'br-int', memoryMib };
}
