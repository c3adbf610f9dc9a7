import { procedures } from '../../../contract/procedures.ts';
import type { WebSocket } from 'ws';
import { must, type Target } from '../engine/target.ts';
import { editedJson } from './json-edits.ts';
import { managementServer, openSocket } from './management.ts';
import { PROCEDURES, sampleOf } from './samples.ts';

/** Without what only a complete appliance has: the test's boot room makes no views. */
const NEEDS_VIEWS: ReadonlySet<string> = new Set(['host.viewSha256', 'host.mediaUrl']);
const ASKED = PROCEDURES.filter((name) => !NEEDS_VIEWS.has(name));

let socket: WebSocket | undefined;
let lastId = 0;

/** A procedure and edits of an input that its schema allows, over a WebSocket: every call is answered, and never as a fault of the server. */
export const target: Target = {
  maxLength: 128,
  open: async () => {
    socket = await openSocket(await managementServer());
    socket.setMaxListeners(1000);
  },
  seeds: () => ASKED.map((_name, at) => Uint8Array.of(at)),
  run: async (input) => {
    const name = ASKED[(input[0] ?? 0) % ASKED.length];
    if (!socket || !name) throw new Error('the target is not open');
    const id = (lastId += 1);
    const value = editedJson(sampleOf(name), input.subarray(1));
    const isStream = procedures[name].kind === 'stream';
    const answered = new Promise<Reply>((resolve) => listen(socket, id, resolve));
    socket.send(JSON.stringify({ id, call: name, input: value }));
    if (isStream) setImmediate(() => socket?.send(JSON.stringify({ id, cancel: true })));
    const reply = isStream ? await Promise.race([answered, new Promise<undefined>((resolve) => setTimeout(resolve, 5))]) : await answered;
    must(
      reply?.error?.code !== 'E_INTERNAL',
      `${name} fails: ${JSON.stringify(reply?.error)} for ${JSON.stringify([value]).slice(0, 300)}`,
    );
  },
};

interface Reply {
  readonly id?: number;
  readonly error?: { readonly code?: string };
}

function listen(from: WebSocket | undefined, id: number, resolve: (reply: Reply) => void): void {
  const take = (data: Buffer): void => {
    const reply = JSON.parse(data.toString()) as Reply;
    if (reply.id !== id) return;
    from?.off('message', take);
    resolve(reply);
  };
  from?.on('message', take);
}
