/** How the pages look: one style sheet, light and dark, and the picture of the tab. */

export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#2563eb"/><g stroke="#fff" stroke-width="2.4" fill="none"><path d="M9 10 16 16 9 22M16 16h8"/></g><g fill="#fff"><circle cx="9" cy="10" r="3"/><circle cx="9" cy="22" r="3"/><circle cx="24" cy="16" r="3"/><circle cx="16" cy="16" r="2.2"/></g></svg>`;

export const styleSheet = `:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --text: #1b2430; --soft: #56616f; --line: #d8dee6; --link: #1d4ed8; --accent: #2563eb;
  --good: #15803d; --calm: #2f80ed; --filling: #b45309; --full: #c8322b; --track: #e3e8ef;
  --vpc: #dbe8ff; --subnet: #dcf3e5; --gateway: #fdf0cc; --outside: #e8eaee; --vlan: #ebe2fb;
  --note: #fff6df; --note-line: #e6c36a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #11161d; --card: #1a212b; --text: #e6ebf2; --soft: #a4b0bf; --line: #323d4b; --link: #8ab4ff; --accent: #5b93f5;
    --good: #4fbf7a; --calm: #5b9bf5; --filling: #e0a33a; --full: #f0746d; --track: #313c4a;
    --vpc: #213556; --subnet: #1d3d2d; --gateway: #45391a; --outside: #2d3541; --vlan: #362a50;
    --note: #352c14; --note-line: #7d6526;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 Inter, system-ui, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif; }
a { color: var(--link); }
a:focus-visible, button:focus-visible, input:focus-visible, select:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.skip { position: absolute; left: -999px; } .skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .5rem; z-index: 1; }
header { display: flex; flex-wrap: wrap; gap: .25rem 2rem; align-items: center; padding: .6rem 1.5rem; background: var(--card); border-bottom: 1px solid var(--line); }
.brand { display: flex; align-items: center; gap: .6rem; font-weight: 650; font-size: 1.1rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem; list-style: none; margin: 0; padding: 0; }
nav a { display: block; padding: .35rem .8rem; border-radius: 6px; text-decoration: none; color: var(--text); }
nav a:hover { background: var(--page); } nav a[aria-current] { background: var(--accent); color: #fff; }
@media (prefers-color-scheme: dark) { nav a[aria-current] { color: #0c1118; } }
main { padding: 1rem 1.5rem 2rem; max-width: 82rem; margin: 0 auto; }
footer { padding: 1rem 1.5rem; color: var(--soft); border-top: 1px solid var(--line); text-align: center; font-size: .85rem; }
h1 { font-size: 1.6rem; margin: .5rem 0 1rem; overflow-wrap: anywhere; } h2 { font-size: 1.15rem; margin: 1.5rem 0 .5rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .8rem; padding: 0; margin: 0 0 1rem; list-style: none; }
.tiles a { display: block; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .8rem 1rem; text-decoration: none; color: var(--soft); }
.tiles a:hover { border-color: var(--accent); } .tiles strong { display: block; font-size: 1.8rem; line-height: 1.2; color: var(--text); }
.panel, .scroll { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.panel { padding: 1rem; } .scroll { overflow-x: auto; margin: .5rem 0 1rem; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: .6rem 1.5rem; margin: 1rem 0 0; }
dt { color: var(--soft); font-size: .85rem; } dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; } caption { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
th, td { text-align: left; vertical-align: top; padding: .55rem .9rem; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--soft); font-size: .85rem; font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 600; } tbody th, tbody td { overflow-wrap: anywhere; min-width: 7rem; }
th > div, td > div { white-space: nowrap; } td > .usage, .bad > div { white-space: normal; }
code { font-family: ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", monospace; font-size: .88em; }
.badge, .kind, .count { display: inline-block; border: 1px solid var(--line); border-radius: 99px; padding: 0 .55rem; font-size: .8rem; font-weight: 400; color: var(--soft); white-space: nowrap; }
.usage { min-width: 15rem; font-size: .88rem; color: var(--soft); margin-bottom: .3rem; }
.bar { display: block; width: 100%; max-width: 24rem; height: 8px; border-radius: 4px; margin: .35rem 0 .15rem; }
.track { fill: var(--track); } .fill, .calm .fill { fill: var(--calm); } .filling .fill, .fill.filling { fill: var(--filling); } .full .fill, .fill.full { fill: var(--full); }
.search { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin: .5rem 0; }
input, select, button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--soft); border-radius: 6px; padding: .35rem .7rem; }
button { background: var(--accent); border-color: var(--accent); color: #fff; cursor: pointer; }
@media (prefers-color-scheme: dark) { button { color: #0c1118; } }
.ask { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: .8rem; align-items: start; margin-bottom: 1rem; }
.ask label { display: block; font-weight: 600; } .ask input { width: 100%; } .ask small { display: block; color: var(--soft); } .ask button { margin-top: 1.5rem; justify-self: start; }
.verdict { font-size: 1.15rem; font-weight: 600; border-left: 6px solid var(--filling); padding: .6rem 1rem; background: var(--card); border-radius: 6px; overflow-wrap: anywhere; }
.verdict.good { border-color: var(--good); } .verdict.ends { border-color: var(--full); }
.culprit { margin: .6rem 0; overflow-wrap: anywhere; } .culprit p { margin: .2rem 0; }
h3 { font-size: 1rem; margin: 1rem 0 .3rem; } .steps { list-style: none; padding: 0; margin: .3rem 0; overflow-wrap: anywhere; } .steps li { padding: .15rem 0; }
.steps .good > span { color: var(--good); } .steps .ends > span { color: var(--full); } .steps .doubt > span { color: var(--filling); } .unseen { color: var(--soft); margin-top: 1.2rem; overflow-wrap: anywhere; }
.pager { color: var(--soft); margin: .4rem 0; }
.note { background: var(--note); border: 1px solid var(--note-line); border-radius: 8px; padding: .7rem 1rem; } .note ul { margin: .3rem 0 0; padding-left: 1.2rem; }
.bad { color: var(--full); } p.bad { color: var(--text); }
details ul { margin: .2rem 0; padding-left: 1.1rem; } summary { cursor: pointer; color: var(--soft); }
.topology { display: block; margin: 0 auto; font-size: 12.5px; }
.topology text { fill: var(--text); } .topology .name { font-weight: 650; font-size: 13.5px; }
.topology .box > rect:first-of-type { stroke: var(--line); }
.topology .vpc > rect:first-of-type { fill: var(--vpc); } .topology .subnet > rect:first-of-type { fill: var(--subnet); }
.topology .gateway > rect:first-of-type { fill: var(--gateway); } .topology .outside > rect:first-of-type { fill: var(--outside); } .topology .vlan > rect:first-of-type { fill: var(--vlan); }
.topology a:hover rect:first-of-type, .topology a:focus-visible rect:first-of-type { stroke: var(--accent); stroke-width: 2; }
.topology .edge path { fill: none; stroke: var(--soft); stroke-width: 1.3; opacity: .75; } .topology .edge:hover path { stroke: var(--accent); stroke-width: 2.2; opacity: 1; }
.topology marker path { fill: var(--soft); }
`;
