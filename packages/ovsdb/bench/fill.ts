/** Fills a Northbound database for benchmarks, and the child processes that are measured against it. */
import type { DatabaseClient, Operation } from '../src/index.ts';

export interface Size {
  readonly switches: number;
  readonly ports: number;
  readonly acls: number;
  readonly addressSets: number;
}

const PER_TRANSACTION = 2000;

export async function fill(client: DatabaseClient, size: Size): Promise<void> {
  const perSwitch = Math.ceil(size.ports / size.switches);
  for (let at = 0; at < size.switches; at++) {
    const operations: Operation[] = [];
    const ports = Array.from({ length: Math.max(0, Math.min(perSwitch, size.ports - at * perSwitch)) }, (_, i) => {
      const pod = `pod-${at}-${i}`;
      operations.push({
        op: 'insert',
        table: 'Logical_Switch_Port',
        uuidName: `p${i}`,
        row: {
          name: `${pod}.namespace-${at}`,
          addresses: [`00:00:00:${hex(at)}:${hex(i >> 8)}:${hex(i)} 10.${at & 255}.${(i >> 8) & 255}.${i & 255}`],
          port_security: [`00:00:00:${hex(at)}:${hex(i >> 8)}:${hex(i)} 10.${at & 255}.${(i >> 8) & 255}.${i & 255}`],
          external_ids: { vendor: 'kube-ovn', pod: `namespace-${at}/${pod}`, ls: `switch-${at}` },
          options: { 'requested-chassis': `node-${i % 100}` },
        },
      });
      return { named: `p${i}` };
    });
    operations.push({ op: 'insert', table: 'Logical_Switch', row: { name: `switch-${at}`, ports, external_ids: { vendor: 'kube-ovn' } } });
    await client.transact(operations);
  }
  for (let done = 0; done < size.acls; done += PER_TRANSACTION) {
    const operations: Operation[] = [];
    const acls = Array.from({ length: Math.min(PER_TRANSACTION, size.acls - done) }, (_, i) => {
      const match = `outport == @group.${done + i} && ip4 && ip4.src == $set.${done + i} && tcp.dst == ${(done + i) % 65_536}`;
      operations.push({
        op: 'insert',
        table: 'ACL',
        uuidName: `a${i}`,
        row: {
          priority: 2000,
          direction: 'to-lport',
          match,
          action: 'allow-related',
          external_ids: { vendor: 'kube-ovn', 'ko-id': `policy/${done + i}` },
        },
      });
      return { named: `a${i}` };
    });
    operations.push({ op: 'insert', table: 'Port_Group', row: { name: `group.${done}`, acls } });
    await client.transact(operations);
  }
  for (let done = 0; done < size.addressSets; done += 100) {
    const count = Math.min(100, size.addressSets - done);
    await client.transact(
      Array.from({ length: count }, (_, i) => ({
        op: 'insert',
        table: 'Address_Set',
        row: {
          name: `set.${done + i}`,
          addresses: Array.from({ length: 20 }, (_unused, j) => `10.${(done + i) & 255}.${j}.1`),
          external_ids: { vendor: 'kube-ovn' },
        },
      })),
    );
  }
}

function hex(value: number): string {
  return (value & 255).toString(16).padStart(2, '0');
}
