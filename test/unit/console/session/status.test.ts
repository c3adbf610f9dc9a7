import { expect, it } from 'vitest';
import { statusOf } from '../../../../main-services/console/session/status.ts';

it.each([
  ['sol:', 'only one console session'],
  ['ssh:', 'only one console session'],
  ['telnet://10.0.0.9', 'Opens in a moment.'],
  ['serial:/dev/ttyUSB0', 'Opens in a moment.'],
])('a closed console says why: %s', (url, words) => {
  expect(statusOf({ state: 'closed' }, { host: 'node-1', url, viewers: [] }).message).toContain(words);
});
