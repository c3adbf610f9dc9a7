import type { Port } from '../../contract/port.ts';
import { openBridgePort } from './bridge-port.ts';
import { takeToken } from './token.ts';
import { openWebSocketPort } from './web-socket-port.ts';

/** Why there is no connection, and what to do. */
export interface Away {
  readonly message: string;
  readonly next: string;
  /** False when trying again cannot help. */
  readonly retry: boolean;
}

export type OpenPort = () => Promise<Port | Away>;

const AWAY: Away = {
  message: 'Bootbench does not answer.',
  next: 'Trying again by itself. If it was closed, start it with npm start.',
  retry: true,
};
const NO_TOKEN: Away = {
  message: 'This page was opened without its key.',
  next: 'Open the address that Bootbench printed when it started.',
  retry: false,
};
const WRONG_TOKEN: Away = {
  message: 'Bootbench runs, but this page’s key is not the right one.',
  next: 'Open the address that Bootbench printed when it started.',
  retry: true,
};

/** The desktop's bridge where there is one, else the WebSocket of the page's own server. */
export function openAppliancePort(): OpenPort {
  const { bootbench } = window;
  if (bootbench) return () => openBridgePort(bootbench);
  const token = takeToken();
  if (token === undefined) return () => Promise.resolve(NO_TOKEN);
  return async () => {
    try {
      return await openWebSocketPort(token);
    } catch {
      return (await answers()) ? WRONG_TOKEN : AWAY;
    }
  };
}

/** A browser does not tell why a WebSocket failed; the server's health does. */
async function answers(): Promise<boolean> {
  try {
    return (await fetch('/healthz')).ok;
  } catch {
    return false;
  }
}

export { AWAY };
