/** The pages. Pure: facts and what is asked for in, markup out. */
import { DEFAULT_VPC, formatAddressPair, isConditionTrue, nodeAnnotations, type Node, type Subnet } from '@kube-ovn/api';
import { topologyOf } from '@kube-ovn/insight';
import { drawTopology } from './drawing.ts';
import type { Facts } from './facts.ts';
import type { Page } from './frame.ts';
import { holdersOf } from './holders.ts';
import { pager, partOf, searchForm } from './listing.ts';
import { html, link, type Content, type Markup } from './markup.ts';
import { podCounter, policyViews, type PolicyView } from './policy-views.ts';
import { levelOf, shown, usageBar, usagesOf } from './usage.ts';

/** What the address of a page asks for. */
export interface Asked {
  readonly name: string;
  readonly search: string;
  readonly page: number;
}

/** More than that nobody can look at; the page of Subnets has all. */
const mostDrawn = 60;

export function topologyPage(facts: Facts): Page {
  const { subnets, vpcs, vlans, nodes, policies, securityGroups, ips } = facts;
  const drawn = subnets.slice(0, mostDrawn);
  const byId = new Map(drawn.map((subnet) => [`subnet/${subnet.metadata.name}`, subnet]));
  const topology = topologyOf({ subnets: drawn, vpcs, vlans, pods: [], policies: [] });
  const names = new Map(topology.nodes.map(({ id, label }) => [id, label[0] ?? id]));
  const tiles: readonly (readonly [string, number, string])[] = [
    ['/nodes', nodes.length, 'Nodes'],
    ['/subnets', subnets.length, 'Subnets'],
    ['/subnets', ips.length, 'interfaces with addresses'],
    ['/policies', policies.length + securityGroups.length, 'policies'],
  ];
  return {
    path: '/',
    title: 'Topology',
    content: html` <ul class="tiles">
        ${tiles.map(
          ([to, count, what]) =>
            html`<li>
              <a href="${to}"><strong>${count}</strong> ${what}</a>
            </li>`,
        )}
      </ul>
      ${troubles(subnets)}
      <div class="scroll" tabindex="0" role="region" aria-label="Drawing of the topology">
        ${drawTopology(
          topology,
          (id) => fillOf(byId.get(id)),
          ({ kind, label }) => (kind === 'subnet' ? link('/subnet', { name: label[0] }) : undefined),
        )}
      </div>
      ${subnets.length > drawn.length && html`<p class="note">The first ${drawn.length} of ${subnets.length} Subnets are drawn; <a href="/subnets">all of them</a> are in a table.</p>`}
      <details>
        <summary>The same as a table</summary>
        ${table(
          'What leads to what',
          ['From', 'To', 'By'],
          topology.edges.map(({ from, to, label }) => [names.get(from), names.get(to), label]),
        )}
      </details>`,
  };
}

export function subnetsPage({ subnets }: Facts, { search, page }: Asked): Page {
  const wanted = { path: '/subnets', search, page };
  const part = partOf(subnets, wanted, ({ metadata: { name }, spec }) =>
    [name, spec.cidrBlock, spec.vpc, spec.vlan, ...(spec.namespaces ?? [])].join(' '),
  );
  const rows = part.rows.map((subnet) => {
    const { metadata, spec } = subnet;
    return [
      html`<a href="${link('/subnet', { name: metadata.name })}">${metadata.name}</a> ${badges(subnet)}`,
      lines((spec.cidrBlock ?? '').split(',')),
      usagesOf(subnet).map(usageBar),
      placeOf(subnet),
      wayOut(subnet),
      problemOf(subnet) ?? 'in force',
    ];
  });
  return {
    path: '/subnets',
    title: 'Subnets',
    content: html`${searchForm(wanted, 'Name, block, Vpc, VLAN or namespace')}${pager(part, wanted)}
    ${table('Subnets', ['Name', 'Block', 'Addresses in use', 'On', 'Way out', 'State'], rows)}`,
  };
}

/** @returns undefined when there is no such Subnet */
export function subnetPage(known: Facts, { name, search, page }: Asked): Page | undefined {
  const subnet = known.subnets.find(({ metadata }) => metadata.name === name);
  if (subnet === undefined) return undefined;
  const { spec, status } = subnet;
  const wanted = { path: '/subnet', search, page, more: { name } };
  const part = partOf(holdersOf(name, known), wanted, ({ addresses, mac, workload, node, object }) =>
    [...addresses, mac, workload, node, object].join(' '),
  );
  const facts: readonly (readonly [string, Content])[] = [
    ['Block', spec.cidrBlock],
    ['Gateway', spec.gateway],
    ['On', placeOf(subnet)],
    ['Way out', wayOut(subnet)],
    ['Gateway in service', status?.activateGateway],
    ['Namespaces', (spec.namespaces ?? []).join(', ')],
    ['Kept free', (spec.excludeIps ?? []).join(', ')],
    ['State', problemOf(subnet) ?? 'in force'],
  ];
  const rows = part.rows.map(({ addresses, mac, workload, node, object }) => [
    lines(addresses),
    workload,
    node,
    html`<code>${mac}</code>`,
    object,
  ]);
  return {
    path: '/subnets',
    title: `Subnet ${name}`,
    content: html`<div class="panel">
        ${badges(subnet)}${usagesOf(subnet).map(usageBar)}
        <dl>
          ${facts.map(
            ([what, value]) =>
              value !== undefined &&
              value !== '' &&
              html`<div>
                <dt>${what}</dt>
                <dd>${value}</dd>
              </div>`,
          )}
        </dl>
      </div>
      <h2>Addresses</h2>
      ${searchForm(wanted, 'Address, workload, node or object')}${pager(part, wanted)}
      ${table(`Who has addresses of ${name}`, ['Address', 'Workload', 'Node', 'MAC address', 'Object'], rows)}`,
  };
}

export function policiesPage({ policies, securityGroups, pods, namespaces }: Facts, { search, page }: Asked): Page {
  const wanted = { path: '/policies', search, page };
  const part = partOf(policyViews(policies, securityGroups), wanted, ({ kind, name, about, rules }) =>
    [kind, name, about, ...rules].join(' '),
  );
  const count = podCounter(pods, namespaces);
  const rows = part.rows.map((view): readonly Content[] => [
    view.order,
    html`<span class="kind">${view.kind}</span> ${view.name}`,
    html`${view.about}${view.pods && html` <span class="count">${plural(count(view.pods), 'pod')}</span>`}`,
    rulesOf(view),
    view.problems.length === 0 ? 'in force' : html`<span class="bad">${lines(view.problems)}</span>`,
  ]);
  return {
    path: '/policies',
    title: 'Policies',
    content: html`<p>In the order in which they are judged. What no policy decides is allowed.</p>
      ${searchForm(wanted, 'Name, kind, label or rule')}${pager(part, wanted)}
      ${table('Policies', ['Judged', 'Policy', 'About', 'Rules', 'State'], rows)}`,
  };
}

export function nodesPage({ nodes, pods }: Facts, { search, page }: Asked): Page {
  const wanted = { path: '/nodes', search, page };
  const part = partOf(nodes, wanted, (node) => [node.metadata.name, ...internalIps(node)].join(' '));
  const perNode = Map.groupBy(pods, ({ spec }) => spec?.nodeName ?? '');
  const rows = part.rows.map((node) => {
    const join = nodeAnnotations.ip_address.read(node);
    const chassis = nodeAnnotations.chassis.read(node);
    const isReady = isConditionTrue(node.status?.conditions, 'Ready');
    return [
      node.metadata.name,
      isReady ? 'Ready' : html`<span class="bad">not Ready</span>`,
      lines(internalIps(node)),
      join.ok && join.value !== undefined ? lines(formatAddressPair(join.value).split(',')) : 'none yet',
      chassis.ok && chassis.value !== undefined
        ? html`<code>${chassis.value}</code>`
        : html`<span class="bad">none: its daemon has not told it</span>`,
      (perNode.get(node.metadata.name) ?? []).length,
    ];
  });
  return {
    path: '/nodes',
    title: 'Nodes',
    content: html`${searchForm(wanted, 'Name or address')}${pager(part, wanted)}
    ${table('Nodes', ['Name', 'State', 'Addresses', 'In the join Subnet', 'Chassis of OVN', 'Pods'], rows)}`,
  };
}

/** A table that is read out as one; `columns` are its heads, and the first cell of a row names it. */
function table(caption: string, columns: readonly string[], rows: readonly (readonly Content[])[]): Markup {
  const cells = ([first, ...rest]: readonly Content[]): Content =>
    html`<th scope="row">${first}</th>
      ${rest.map((cell) => html`<td>${cell}</td>`)}`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col">${column}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${
          rows.length === 0
            ? html`<tr>
                <td colspan="${columns.length}">none</td>
              </tr>`
            : rows.map(
                (row) =>
                  html`<tr>
                    ${cells(row)}
                  </tr>`,
              )
        }
      </tbody>
    </table>
  </div>`;
}

/** Subnets that are not in force as they stand. */
function troubles(subnets: readonly Subnet[]): Content {
  const told = subnets.flatMap((subnet) => {
    const problem = problemOf(subnet);
    return problem === undefined
      ? []
      : [html`<li><a href="${link('/subnet', { name: subnet.metadata.name })}">${subnet.metadata.name}</a>: ${problem}</li>`];
  });
  return (
    told.length > 0 &&
    html`<section class="note" aria-label="Problems">
      <strong>${plural(told.length, 'Subnet')} not in force as written</strong>
      <ul>
        ${told}
      </ul>
    </section>`
  );
}

function problemOf({ status }: Subnet): Markup | undefined {
  const refused = (status?.conditions ?? []).find(({ type, status: says }) => type === 'Validated' && says === 'False');
  return refused && html`<span class="bad">${refused.message === undefined || refused.message === '' ? 'refused' : refused.message}</span>`;
}

function badges({ spec }: Subnet): Content {
  const texts = [spec.default === true && 'default', spec.private === true && 'private'].filter((text) => text !== false);
  return texts.map((text) => html`<span class="badge">${text}</span> `);
}

function placeOf({ spec }: Subnet): string {
  if (spec.vlan !== undefined && spec.vlan !== '') return `VLAN ${spec.vlan}`;
  return `Vpc ${vpcOf(spec)}`;
}

function vpcOf({ vpc }: Subnet['spec']): string {
  return vpc === undefined || vpc === '' ? DEFAULT_VPC : vpc;
}

function wayOut({ spec }: Subnet): string {
  if (spec.vlan !== undefined && spec.vlan !== '') return 'the physical network';
  if (vpcOf(spec) !== DEFAULT_VPC) return 'by the routes of its Vpc';
  const where =
    spec.gatewayType === 'centralized'
      ? `by ${spec.gatewayNode === undefined || spec.gatewayNode === '' ? 'chosen nodes' : spec.gatewayNode}`
      : 'by each node';
  return `${where}, ${spec.natOutgoing === true ? 'NAT' : 'own addresses'}`;
}

function rulesOf({ rules }: PolicyView): Content {
  if (rules.length === 0) return 'none';
  return html`<details${rules.length <= 4 && html` open`}><summary>${plural(rules.length, 'rule')}</summary><ul>${rules.map((rule) => html`<li>${rule}</li>`)}</ul></details>`;
}

function internalIps({ status }: Node): readonly string[] {
  return (status?.addresses ?? []).filter(({ type }) => type === 'InternalIP').map(({ address }) => address);
}

function fillOf(subnet: Subnet | undefined): { readonly percent: number; readonly level: string } | undefined {
  const [fullest] = (subnet === undefined ? [] : usagesOf(subnet)).toSorted((a, b) => b.percent - a.percent);
  return fullest && { percent: shown(fullest), level: levelOf(fullest.percent) };
}

function lines(texts: readonly (string | undefined)[]): Content {
  return texts.map((text) => html`<div>${text}</div>`);
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
