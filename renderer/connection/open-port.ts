import type { Port } from '../../contract/port.ts';
import { openBridgePort } from './bridge-port.ts';
import { NO_TOKEN, NOT_RESPONDING, WRONG_TOKEN } from './labels.ts';
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

/** The desktop's bridge where it exists, else the WebSocket of the page's own server. */
export function openAppliancePort(): OpenPort {
  const { bootbench } = window;
  if (bootbench) return () => openBridgePort(bootbench);
  const token = takeToken();
  if (token === undefined) return () => Promise.resolve({ ...NO_TOKEN, retry: false });
  return async () => {
    try {
      return await openWebSocketPort(token);
    } catch {
      return { ...((await isRunning()) ? WRONG_TOKEN : NOT_RESPONDING), retry: true };
    }
  };
}

/** A browser does not report why a WebSocket failed; the server's health endpoint shows whether it runs. */
async function isRunning(): Promise<boolean> {
  try {
    return (await fetch('/healthz')).ok;
  } catch {
    return false;
  }
}
