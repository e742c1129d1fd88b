/** A bare socket and `JSON.parse` in a process of its own. Arguments: remote, how many changes of rows to wait for, monitor request. */
import { bareMonitor } from './bare-monitor.ts';
import { say } from './child.ts';

const [remote = '', wanted = '0', request = ''] = process.argv.slice(2);
let missing = Number(wanted);
// Whoever follows a database keeps what it was sent.
const kept: unknown[] = [];
bareMonitor(remote.slice('unix:'.length), request, {
  complete: (content) => {
    kept.push(content);
    say({ rows: Object.values(content).reduce((sum, rows) => sum + Object.keys(rows).length, 0) });
    if (missing === 0) process.exit(0);
  },
  changed: (rows) => {
    missing -= rows;
    if (missing === 0) say({ done: true });
  },
});
