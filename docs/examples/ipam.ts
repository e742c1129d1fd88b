// Addresses for machines of any kind, kept in a file: node ipam.ts give NAME | take NAME | show
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Allocator, type Lease } from '@kube-ovn/ipam';

const file = process.env['LEASES'] ?? 'leases.json';

const ipam = new Allocator({ random: Math.random });
const problems = ipam.setSubnet({ name: 'office', cidr: '10.20.0.0/29,fd00:20::/64', exclude: ['10.20.0.2'] });
for (const { message } of problems) console.error(message);

// What was given before this start comes first; what contradicts itself comes back as data and is not guessed at.
const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Lease[]) : [];
for (const { message } of ipam.restore(known)) console.error(message);

const [command, owner = ''] = process.argv.slice(2);
const result = command === 'give' ? ipam.allocate({ owner, subnet: 'office' }) : undefined;
if (command === 'take') ipam.release(owner);

// Written before anybody is told of an address: a crash in between costs nothing, the same name gets the same lease.
writeFileSync(`${file}.new`, JSON.stringify([...ipam.snapshot()]));
renameSync(`${file}.new`, file);

if (result?.ok === true) console.log(result.lease.v4, result.lease.v6, result.lease.mac);
if (result?.ok === false) console.error(`${result.code}: ${result.message}`);
if (command === 'show') for (const { owner: name, v4 } of ipam.snapshot()) console.log(name, v4);
process.exitCode = result?.ok === false ? 1 : 0;
