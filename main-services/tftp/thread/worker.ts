import { parentPort, workerData } from 'node:worker_threads';
import type { ThreadInit } from './messages.ts';
import { runTransfers } from './program.ts';

/** The file that runs in the thread of TFTP's transfers. */
if (parentPort) await runTransfers(parentPort, workerData as ThreadInit);
