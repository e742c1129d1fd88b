/** `why` as a form: does this reach that, and if not, which object decides? Pure. */
import { type Answer, type Culprit, InsightError, readEnd, readPort, type Step, verdictText, why, type World } from '@kube-ovn/insight';
import type { Facts } from './facts.ts';
import type { Page } from './frame.ts';
import { html, type Content, type Markup } from './markup.ts';

export interface WhyAsked {
  readonly from: string;
  readonly to: string;
  readonly port: string;
}

/** As many are offered while somebody types. */
const mostOffered = 300;

/** What the page can not see, and `ko why` can. */
const unseen =
  'This is judged by the objects of Kubernetes. Where OVN has its ports, how far the nodes are, what a trace says and who listens in a pod is looked at by';

export function whyPage({ world }: Facts, asked: WhyAsked): Page {
  const { from, to, port } = asked;
  return {
    path: '/why',
    title: 'Why?',
    content: html`<p>Does this reach that, and if not, which object decides?</p>
      <form class="ask" action="/why" method="get">
        ${field('from', 'From', { value: from, help: 'NAMESPACE/POD, node/NAME or an address', list: 'ends' })}
        ${field('to', 'To', { value: to, help: 'NAMESPACE/POD, svc/NAMESPACE/NAME, node/NAME or an address', list: 'ends' })}
        ${field('port', 'Port', { value: port, help: '80, udp/53, or icmp, which is the default' })}
        <button>Ask</button>
        <datalist id="ends">${offered(world).map((end) => html`<option value="${end}"></option>`)}</datalist>
      </form>
      ${from !== '' && to !== '' && answered(asked, world)}`,
  };
}

function field(name: string, label: string, more: { readonly value: string; readonly help: string; readonly list?: string }): Markup {
  const { value, help, list } = more;
  return html`<div>
    <label for="${name}">${label}</label
    ><input
      id="${name}"
      name="${name}"
      value="${value}"
      maxlength="300"
      autocomplete="off"
      aria-describedby="${name}-help"
      ${list !== undefined && html` list="${list}"`}
    /><small id="${name}-help">${help}</small>
  </div>`;
}

/** @returns the answer, or what is wrong with the question */
function answered({ from, to, port }: WhyAsked, world: World): Content {
  try {
    const [sender, receiver] = [readEnd(from), readEnd(to)];
    const name = [sender, receiver].find(({ kind }) => kind === 'name');
    if (name?.kind === 'name') return refusal(`"${name.name}" is a name of DNS, which is not looked up here: give its address`);
    const answer = why({ from: sender, to: receiver, ...readPort(port.trim() === '' ? undefined : port) }, world);
    return shown(answer, ['ko why', from, to, port].join(' ').trim());
  } catch (error) {
    if (error instanceof InsightError) return refusal(error.message);
    throw error;
  }
}

function refusal(message: string): Markup {
  return html`<p class="note" role="alert">${message}</p>`;
}

function shown(answer: Answer, command: string): Markup {
  const { reaches, culprits, steps, ways } = answer;
  const level = reaches === 'all' ? 'good' : reaches === 'none' ? 'ends' : 'doubt';
  return html`<section aria-label="Answer">
    <p class="verdict ${level}" role="status">${verdictText(answer)}</p>
    ${culprits.map(culpritCard)}
    <h2>The way</h2>
    ${steps.length > 0 && stepList(steps)}
    ${ways.map(
      (way) =>
        html`<h3>to ${way.to}</h3>
          ${stepList(way.steps)}`,
    )}
    <p class="unseen">${unseen} <code>${command}</code>.</p>
  </section>`;
}

function culpritCard({ object, message, fix, code, isDoubt }: Culprit): Markup {
  return html`<div class="panel culprit">
    <p><strong>${isDoubt === true ? 'Doubt' : 'Because'}:</strong> <span class="kind">${object}</span> ${message}</p>
    <p><strong>Fix:</strong> ${fix} <code>${code}</code></p>
  </div>`;
}

function stepList(steps: readonly Step[]): Markup {
  return html`<ol class="steps">
    ${steps.map((step) => {
      const [mark, says, level] = markOf(step);
      return html`<li class="${level}"><span role="img" aria-label="${says}">${mark}</span> <strong>${step.at}</strong>: ${step.says}</li>`;
    })}
  </ol>`;
}

function markOf({ culprit }: Step): readonly [string, string, string] {
  if (culprit === undefined) return ['✓', 'passed', 'good'];
  return culprit.isDoubt === true ? ['?', 'in doubt', 'doubt'] : ['✗', 'ends here', 'ends'];
}

function offered({ pods, services, nodes }: World): readonly string[] {
  return [
    ...pods.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`),
    ...services.map(({ metadata }) => `svc/${metadata.namespace ?? ''}/${metadata.name}`),
    ...nodes.map(({ metadata }) => `node/${metadata.name}`),
  ].slice(0, mostOffered);
}
