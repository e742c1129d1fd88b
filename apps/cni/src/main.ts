import { writeSync } from 'node:fs';
import { postToDaemon } from './daemon-client.ts';
import { run } from './run.ts';
import { readStdin } from './stdin.ts';

const STDOUT = 1;

void run({
  read: (name) => process.env[name],
  stdin: readStdin,
  print: (text) => void writeSync(STDOUT, `${text}\n`),
  post: postToDaemon,
}).then((code) => process.exit(code));
