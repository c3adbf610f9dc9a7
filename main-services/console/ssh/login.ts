import { createHash } from 'node:crypto';
import { Client, type Algorithms, type AuthenticationType, type AuthHandlerMiddleware, type ConnectConfig } from 'ssh2';
import { BootbenchError, errnoOf } from '../../../contract/errors.ts';
import type { Pins } from '../../trust/pins.ts';
import * as sentences from './sentences.ts';

export interface SshLogin {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** Allows algorithms that OpenSSH has disabled. */
  readonly legacy: boolean;
  readonly pins: Pins;
  /** Called with a host key that was refused because another one is pinned. */
  readonly onOtherKey?: ((fingerprint: string) => void) | undefined;
  /** Milliseconds until the login must be complete. */
  readonly loginTimeoutMs?: number;
}

const LOGIN_TIMEOUT_MS = 15_000;
const KEEP_ALIVE_MS = 15_000;
const KEEP_ALIVES_UNANSWERED = 3;

/** In addition to ssh2's defaults: what iLO 2 to 4, iDRAC 6 and old Supermicro and console servers offer, and nothing else. */
const LEGACY: Algorithms = {
  kex: {
    append: ['diffie-hellman-group14-sha1', 'diffie-hellman-group-exchange-sha1', 'diffie-hellman-group1-sha1'],
    prepend: [],
    remove: [],
  },
  serverHostKey: { append: ['ssh-rsa', 'ssh-dss'], prepend: [], remove: [] },
  cipher: { append: ['aes256-cbc', 'aes192-cbc', 'aes128-cbc', '3des-cbc'], prepend: [], remove: [] },
  hmac: { append: ['hmac-sha1', 'hmac-md5'], prepend: [], remove: [] },
};

/** The name under which a server's host key is pinned. */
export function sshEndpoint(host: string, port: number): string {
  return `ssh:${serverOf(host, port)}`;
}

/** `host:port`, with brackets around IPv6. */
export function serverOf(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/**
 * A logged-in SSH connection. The host key is checked before anything secret is sent: the first one that is seen is pinned. The password is
 * sent once, by one method only, because BMCs lock accounts. E_CONSOLE_HOST_KEY, E_CONSOLE_AUTH, E_CONSOLE_UNREACHABLE, E_CANCELLED.
 */
export async function sshLogin(login: SshLogin, signal: AbortSignal): Promise<Client> {
  const server = serverOf(login.host, login.port);
  const client = new Client();
  let refused: BootbenchError | undefined;
  const config: ConnectConfig = {
    host: login.host,
    port: login.port,
    username: login.username,
    readyTimeout: login.loginTimeoutMs ?? LOGIN_TIMEOUT_MS,
    keepaliveInterval: KEEP_ALIVE_MS,
    keepaliveCountMax: KEEP_ALIVES_UNANSWERED,
    ...(login.legacy && { algorithms: LEGACY }),
    hostVerifier: (key: Buffer): boolean => {
      refused = checkHostKey(login, key);
      return refused === undefined;
    },
    authHandler: onePassword(login, (methods) => {
      refused = sentences.passwordNotAccepted(server, methods);
    }),
  };
  client.on('keyboard-interactive', (_name, _instructions, _language, prompts, finish) => {
    finish(prompts.map(() => login.password));
  });
  return new Promise((resolve, reject) => {
    const cancel = (): void => {
      client.destroy();
      reject(new BootbenchError('E_CANCELLED', sentences.OPENING_CANCELLED));
    };
    if (signal.aborted) {
      cancel();
      return;
    }
    signal.addEventListener('abort', cancel, { once: true });
    const settle = (outcome: () => void): void => {
      signal.removeEventListener('abort', cancel);
      outcome();
    };
    client.once('ready', () => settle(() => resolve(client)));
    client.on('error', (error) =>
      settle(() => {
        client.destroy();
        reject(refused ?? loginError(login, error));
      }),
    );
    client.once('close', () => settle(() => reject(refused ?? sentences.connectionLost(server, undefined))));
    client.connect(config);
  });
}

/** Undefined: the key is the pinned one, or was pinned now. */
function checkHostKey({ host, port, pins, onOtherKey }: SshLogin, key: Buffer): BootbenchError | undefined {
  const presented = fingerprintOf(key);
  const endpoint = sshEndpoint(host, port);
  const pinned = pins.get(endpoint);
  if (pinned === undefined) pins.set(endpoint, presented);
  if (pinned === undefined || pinned === presented) return undefined;
  onOtherKey?.(presented);
  return sentences.keyChanged(serverOf(host, port), pinned, presented);
}

/** As `ssh-keygen -l` shows it. */
function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** Asks with `none` which methods there are, then sends the password by one of them. */
function onePassword({ username, password }: SshLogin, notAccepted: (methods: readonly string[]) => void): AuthHandlerMiddleware {
  let sent = false;
  return (methods: AuthenticationType[] | null, _partial, next) => {
    if (methods === null) {
      next({ type: 'none', username });
      return;
    }
    if (!sent && methods.includes('password')) next({ type: 'password', username, password });
    else if (!sent && methods.includes('keyboard-interactive'))
      next({ type: 'keyboard-interactive', username, prompt: answerWith(password) });
    else {
      if (!sent) notAccepted(methods);
      next(false as never);
    }
    sent = true;
  };
}

function answerWith(password: string) {
  return (_name: string, _instructions: string, _language: string, prompts: unknown[], finish: (answers: string[]) => void): void => {
    finish(prompts.map(() => password));
  };
}

function loginError(
  { host, port, username, legacy, loginTimeoutMs = LOGIN_TIMEOUT_MS }: SshLogin,
  error: Error & { level?: string },
): BootbenchError {
  const server = serverOf(host, port);
  if (error.level === 'client-authentication') return sentences.loginRejected(server, username);
  if (error.level === 'client-timeout') return sentences.noAnswer(server, loginTimeoutMs / 1000);
  if (errnoOf(error) === 'ECONNREFUSED') return sentences.refusedConnection(server);
  // ssh2 has no code of its own for "no matching key exchange algorithm".
  if (error.level === 'handshake') return sentences.handshakeFailed(server, error.message, legacy);
  // What ssh2 throws while it reads the server's first line has no level.
  const isProtocol = error.level === undefined || error.level === 'protocol';
  if (isProtocol && errnoOf(error) === undefined) return sentences.notSsh(server);
  return sentences.unreachable(server, errnoOf(error) ?? error.message);
}
