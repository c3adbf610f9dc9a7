import { createServer, type Socket } from 'node:net';

/** A serial console on TCP port 4998 that prints `talk N` ten times a second while someone is connected. */
/** A line that fills the block that the file system has already given to the transcript. */
const FILLING = `${'.'.repeat(600)}\n`;
const sockets = new Set<Socket>();
let number = 0;

createServer((socket) => {
  sockets.add(socket);
  socket.on('error', () => undefined);
  socket.on('close', () => sockets.delete(socket));
}).listen(4998, '127.0.0.1', () => console.log('listening'));

setInterval(() => {
  if (sockets.size === 0) return;
  number++;
  for (const socket of sockets) socket.write(`talk ${number}\n${FILLING}`);
}, 100);
