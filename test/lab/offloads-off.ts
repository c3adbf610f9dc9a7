import { offloadsOff } from './packet-socket.ts';

for (const dev of process.argv.slice(2)) offloadsOff(dev);
