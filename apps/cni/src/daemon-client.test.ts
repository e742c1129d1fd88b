import { expect, test } from 'vitest';
import { parseAnswer } from './daemon-client.ts';

test('parseAnswer: status and body', () => {
  expect(parseAnswer('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}')).toEqual({ status: 200, body: '{}' });
  expect(parseAnswer('HTTP/1.0 204 No Content\r\n\r\n')).toEqual({ status: 204, body: '' });
});

test('parseAnswer: a cut answer and anything that is no HTTP are no answers', () => {
  for (const text of [
    '',
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}',
    'SSH-2.0-x\r\n\r\n',
    'HTTP/1.1 2x0 OK\r\n\r\n',
  ])
    expect(parseAnswer(text)).toBeUndefined();
});
