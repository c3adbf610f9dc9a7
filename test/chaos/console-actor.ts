import { createServer, type Socket } from 'node:net';
import type { Client } from '../../contract/port.ts';
import { pause } from '../lab/process.ts';
import { actor, type Session } from './session.ts';
import type { WriteLog } from './write-log.ts';

export const CONSOLE_HOST = 'talker';
const PORT = 4999;
const LINE_EVERY_MS = 20;

export const CONSOLE_URL = `tcp://127.0.0.1:${PORT}`;

/**
 * A machine that prints numbered lines for ever, and a viewer. What the viewer received is logged when it is WRITTEN_MS old: until then the program
 * may still hold it in memory (docs/adr/0018-consoles.md: written after 250 ms).
 */
export const WRITTEN_MS = 1500;

export function consoleTalker(): void {
  const sockets = new Set<Socket>();
  let number = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(PORT, '127.0.0.1');
  setInterval(() => {
    if (sockets.size === 0) return;
    number++;
    for (const socket of sockets) socket.write(`line ${String(number).padStart(7, '0')}.\n`);
  }, LINE_EVERY_MS);
}

export function consoleViewer({ session, log }: { session: Session; log: WriteLog }): Promise<never> {
  let seen = 0;
  let held: { number: number; at: number }[] = [];
  const flush = (): void => {
    const ready = held.filter(({ at }) => Date.now() - at >= WRITTEN_MS);
    held = held.filter(({ at }) => Date.now() - at < WRITTEN_MS);
    for (const { number } of ready) log.add('acked', `line/${number}`, 'stored');
  };
  const begin = async (): Promise<void> => {
    // What was not old enough when the program ended was never acknowledged.
    held = [];
    await Promise.resolve();
  };
  return actor(session, begin, async (client: Client) => {
    let rest = '';
    const viewer = { id: 'chaos', label: 'Chaos' };
    for await (const outputs of client.stream('console.output', { host: CONSOLE_HOST, viewer, from: -1 })) {
      rest += outputs.map(({ data }) => Buffer.from(data, 'base64').toString('latin1')).join('');
      for (const number of linesIn(rest)) {
        if (number <= seen) continue;
        seen = number;
        held.push({ number, at: Date.now() });
      }
      rest = rest.slice(rest.lastIndexOf('\n') + 1);
      flush();
    }
    await pause(100);
  });
}

/** The numbers of complete lines. */
export function linesIn(text: string): number[] {
  return [...text.matchAll(/line (\d{7})\.\n/g)].map(([, digits]) => Number(digits));
}
