import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { connect, type Client } from '../../../contract/port.ts';

/**
 * A connection to the appliance that left its address and token in `dataDir`, from inside its namespace. Throws while none answers; calls that are
 * under way when it ends fail with E_API_UNREACHABLE.
 */
export async function openApi(dataDir: string): Promise<Client> {
  const { url, tokenFile } = JSON.parse(readFileSync(join(dataDir, 'api.json'), 'utf8')) as { url: string; tokenFile: string };
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/api/v1/ws`, ['bootbench.v1'], {
    headers: { Authorization: `Bearer ${readFileSync(tokenFile, 'utf8').trim()}` },
    perMessageDeflate: false,
    handshakeTimeout: 60_000,
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.on('error', reject);
  });
  return connect({
    send: (message) => socket.send(JSON.stringify(message), () => undefined),
    onMessage: (listener) => socket.on('message', (data) => listener(JSON.parse((data as Buffer).toString('utf8')))),
    onClose: (listener) => socket.on('close', listener),
    close: () => socket.close(),
  });
}
