/** An allocation between tables that a test sets, with a journal whose writes end when the test says so. */
import type { IP } from '@kube-ovn/api';
import { type SourceTable, sourceTable } from '@kube-ovn/dataflow';
import { FakeScheduler } from '@kube-ovn/dataflow/testing';
import { Allocator, type SubnetUsage } from '@kube-ovn/ipam';
import type { AllocationPool, AllocationSubnet } from '../../src/effects/address-space.ts';
import { Allocation } from '../../src/effects/allocation.ts';
import type { AddressDemand, HeldLease } from '../../src/effects/demand.ts';
import { ipObject, type JournalEntry } from '../../src/effects/ip-object.ts';
import type { Journal } from '../../src/effects/journal.ts';
import type { EndedLease } from '../../src/effects/release.ts';
import type { Refusal } from '../../src/effects/waiting.ts';

/** A journal whose writes end when the test says so. */
export class ScriptedJournal implements Journal {
  readonly entries: SourceTable<IP> = sourceTable<IP>('ips');
  readonly pending: { readonly name: string; readonly finish: () => void; readonly fail: () => void }[] = [];

  find(name: string): ReturnType<Journal['find']> {
    return this.entries.peek(name);
  }

  write(name: string, entry: JournalEntry): Promise<'written' | 'other'> {
    return this.#later(name, () => {
      this.entries.set(name, ipObject(name, entry));
      return 'written' as const;
    });
  }

  erase(name: string): Promise<void> {
    return this.#later(name, () => this.entries.delete(name));
  }

  settled(): Promise<void> {
    return Promise.resolve();
  }

  #later<T>(name: string, effect: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.pending.push({ name, finish: () => resolve(effect()), fail: () => reject(new Error('no answer')) });
    });
  }
}

export class World {
  readonly scheduler = new FakeScheduler();
  readonly journal = new ScriptedJournal();
  readonly demands: SourceTable<AddressDemand> = sourceTable<AddressDemand>('demands');
  readonly subnets: SourceTable<AllocationSubnet> = sourceTable<AllocationSubnet>('subnets');
  readonly retained: SourceTable<true> = sourceTable<true>('retained');
  /** OVN: a port is there, or about to be, for as long as its lease and demand are. */
  readonly ports: SourceTable<string> = sourceTable<string>('ports');
  readonly leases: SourceTable<HeldLease> = sourceTable<HeldLease>('leases');
  readonly holds: SourceTable<string> = sourceTable<string>('holds');
  readonly usage: SourceTable<SubnetUsage> = sourceTable<SubnetUsage>('usage');
  readonly pools: SourceTable<AllocationPool> = sourceTable<AllocationPool>('pools');
  readonly poolUsage: SourceTable<SubnetUsage> = sourceTable<SubnetUsage>('pool usage');
  readonly refusals: SourceTable<Refusal> = sourceTable<Refusal>('refusals');
  readonly allocator = new Allocator({ random: Math.random });
  readonly failures: string[] = [];
  readonly released: EndedLease[] = [];
  isPortSettled = true;
  readonly allocation: Allocation;

  constructor(cidr = '10.0.0.0/29') {
    this.subnets.set('s', { config: { name: 's', cidr }, isOpen: true, isKept: true });
    this.allocation = new Allocation({
      ...this.#tables,
      allocator: this.allocator,
      journal: this.journal,
      scheduler: this.scheduler,
      isPortSettled: () => this.isPortSettled,
      onFailure: (name) => this.failures.push(name),
      onReleased: (ended) => this.released.push(ended),
      onSubnetRefused: () => undefined,
    });
  }

  get #tables() {
    const { demands, subnets, pools, retained, ports, leases, holds, usage, poolUsage, refusals } = this;
    return { demands, subnets, pools, retained, ports, leases, holds, usage, poolUsage, refusals, entries: this.journal.entries };
  }

  demand(name: string, more: Partial<AddressDemand> = {}, uid = 'u'): void {
    this.demands.set(name, { holder: { kind: 'Pod', namespace: 'shop', name, uid }, node: 'n', subnets: ['s'], podType: '', ...more });
  }

  /** OVN follows: what has a lease and a demand has a port, and nothing else. */
  follow(): void {
    for (const name of new Set([...this.leases.keys(), ...this.ports.keys()])) {
      const lease = this.leases.peek(name);
      if (lease !== undefined && this.demands.has(name)) this.ports.set(name, lease.v4 ?? '');
      else this.ports.delete(name);
    }
  }

  /** Let everything end well. */
  async settle(): Promise<void> {
    for (let round = 0; round < 40; round += 1) {
      for (const { finish } of this.journal.pending.splice(0)) finish();
      await this.scheduler.drainMicrotasks();
      this.follow();
      await this.scheduler.advance(500);
    }
  }
}
