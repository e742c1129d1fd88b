/** How full a Subnet is, as its status says: every replica knows that, not the leader alone. Pure. */
import { readCounter, type Subnet } from '@kube-ovn/api';
import { html, type Markup } from './markup.ts';

export interface Usage {
  readonly family: 'IPv4' | 'IPv6';
  readonly used: bigint;
  /** That can be given or are. */
  readonly total: bigint;
  /** 0 to 100; a tenth exactly. */
  readonly percent: number;
}

/** For each family that it has. */
export function usagesOf({ spec, status }: Pick<Subnet, 'spec' | 'status'>): readonly Usage[] {
  const blocks = (spec.cidrBlock ?? '').split(',').filter((block) => block.trim() !== '');
  const has = (isSix: boolean): boolean => blocks.some((block) => block.includes(':') === isSix);
  const usage = (family: Usage['family'], used: bigint, available: bigint): Usage => {
    const total = used + available;
    return { family, used, total, percent: total === 0n ? 0 : Number((used * 1000n) / total) / 10 };
  };
  return [
    ...(has(false) ? [usage('IPv4', readCounter(status?.v4usingIPs), readCounter(status?.v4availableIPs))] : []),
    ...(has(true) ? [usage('IPv6', readCounter(status?.v6usingIPs), readCounter(status?.v6availableIPs))] : []),
  ];
}

/** In short, where all the digits of a large block of IPv6 would say nothing. */
function countText(count: bigint): string {
  if (count < 10_000_000n) return count.toLocaleString('en');
  return `≈ 2^${Math.round(Math.log2(Number(count)))}`;
}

function usageText({ family, used, total, percent }: Usage): string {
  return `${family}: ${countText(used)} of ${countText(total)} in use, ${percentText(percent, used)}`;
}

/** A bar, with the numbers beside it for those who do not see it. */
export function usageBar(usage: Usage): Markup {
  return html`<div class="usage">
    <svg class="bar ${levelOf(usage.percent)}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      <rect class="track" width="100" height="8" />
      <rect class="fill" width="${shown(usage)}" height="8" />
    </svg>
    <span>${usageText(usage)}</span>
  </div>`;
}

/** Where one should look. */
export function levelOf(percent: number): 'calm' | 'filling' | 'full' {
  if (percent >= 90) return 'full';
  return percent >= 75 ? 'filling' : 'calm';
}

/** Of 100; a single address is seen too. */
export function shown({ percent, used }: Usage): number {
  return used === 0n ? 0 : Math.max(1, percent);
}

function percentText(percent: number, used: bigint): string {
  return percent === 0 && used > 0n ? 'under 0.1\u00a0%' : `${percent}\u00a0%`;
}
