import type { Port } from '../../contract/port.ts';

/** A browser's WebSocket to the management plane as a Port; resolves once it is open. */
export function openWebSocketPort(token: string): Promise<Port> {
  const socket = new WebSocket(`ws://${location.host}/api/v1/ws`, ['bootbench.v1', `bearer.${token}`]);
  return new Promise((resolve, reject) => {
    socket.addEventListener('open', () => resolve(portOf(socket)));
    socket.addEventListener('close', () => reject(new Error('closed')));
  });
}

function portOf(socket: WebSocket): Port {
  return {
    send: (message) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
    },
    onMessage: (listener) => socket.addEventListener('message', ({ data }) => listener(JSON.parse(String(data)))),
    onClose: (listener) => socket.addEventListener('close', listener),
    close: () => socket.close(),
  };
}
