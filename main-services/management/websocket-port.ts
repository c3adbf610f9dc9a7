import type { WebSocket } from 'ws';
import type { Port } from '../../contract/port.ts';
import { isDeeperThan } from '../../util/json-depth.ts';
import { MAX_DEPTH } from './body.ts';

/** Unsent bytes after which a reader counts as too slow: more than a large snapshot, with what happens while it is sent. */
const MAX_UNSENT = 16 * 1024 * 1024;
/** Unsent bytes from which on streams of what is stored wait before they read more. */
const MAX_AHEAD = 1024 * 1024;
/** Private-use close code that clients know as E_SLOW_READER. */
export const SLOW_READER = 4008;
/** Milliseconds that a slow reader gets to take its close frame. */
const LAST_WORD = 5000;

/** A WebSocket as a Port: one JSON text frame per message. */
export function webSocketPort(socket: WebSocket): Port {
  const waiting: (() => void)[] = [];
  const release = (): void => {
    if (socket.readyState === socket.OPEN && socket.bufferedAmount > MAX_AHEAD) return;
    for (const go of waiting.splice(0)) go();
  };
  socket.on('close', release);
  let cut = false;
  const cutOff = (): void => {
    cut = true;
    socket.close(SLOW_READER, 'E_SLOW_READER');
    setTimeout(() => socket.terminate(), LAST_WORD).unref();
  };
  return {
    send(message) {
      if (cut || socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > MAX_UNSENT) cutOff();
      else socket.send(JSON.stringify(message), release);
    },
    onMessage(listener) {
      socket.on('message', (data, isBinary) => {
        const message = isBinary ? undefined : parse((data as Buffer).toString('utf8'));
        if (message === undefined) socket.close(1003, 'JSON text frames only');
        else listener(message);
      });
    },
    drained: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        release();
      }),
    onClose: (listener) => socket.on('close', listener),
    close: () => socket.close(1000),
  };
}

function parse(text: string): unknown {
  if (isDeeperThan(text, MAX_DEPTH)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
