import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../../contract/runtime.ts';
import { openSsh, type SshOptions } from '../../../../main-services/console/ssh/open-ssh.ts';
import { SSH_ENTRIES } from '../../../../main-services/console/ssh/presets.ts';
import type { ConsoleTransport } from '../../../../main-services/console/transport.ts';
import { hasSshd, OpenSshServer, SSH_USER, type OpenSshOptions } from '../../../fixtures/open-ssh-server.ts';
import { freePort } from '../../../fixtures/ser2net.ts';
import { TransportLog } from '../../../fixtures/transport-log.ts';

const PASSWORD = 'correct horse';
const OUTPUT_BYTES = 10_000_000;
const TYPED_BYTES = 1_000_000;

/** Printed when the terminal passes every byte, as a BMC's console does. */
const READY = 'ready\n';
const ECHO = 'stty raw -echo; echo ready; exec cat';
/** Reads what is typed while it prints, then echoes. */
const PRINT_AND_ECHO = `
stty raw -echo
echo ready
until [ -e output ]; do sleep 0.1; done
head -c ${TYPED_BYTES} </dev/tty >typed &
cat output
wait
exec cat
`;

const opened: ConsoleTransport[] = [];
afterEach(async () => {
  for (const transport of opened.splice(0)) await transport.close();
});

const pinned = (): Pick<Map<string, string>, 'get' | 'set'> & { remove(name: string): void; values(): Iterable<string> } => {
  const pins = new Map<string, string>();
  return {
    get: (name) => pins.get(name),
    set: (name, value) => pins.set(name, value),
    remove: (name) => void pins.delete(name),
    values: () => pins.values(),
  };
};

const start = async (options: Partial<OpenSshOptions> = {}): Promise<OpenSshServer> =>
  OpenSshServer.start({ port: await freePort(), password: PASSWORD, command: ECHO, ...options });

async function openAt(server: OpenSshServer, log: TransportLog, options: Partial<SshOptions> = {}): Promise<ConsoleTransport> {
  const login = { host: '127.0.0.1', username: SSH_USER, password: PASSWORD, legacy: false, pins: pinned(), clock: systemClock };
  const open = openSsh({ ...login, entry: { ...SSH_ENTRIES.none, port: server.port }, ...options });
  const transport = await open(log, { signal: new AbortController().signal, takeOver: false });
  opened.push(transport);
  return transport;
}

describe.runIf(hasSshd)('a console over OpenSSH’s server', () => {
  it('carries 10 MB while 1 MB is typed, complete and in order; then typed text comes back', async () => {
    await using server = await start({ command: PRINT_AND_ECHO });
    const log = new TransportLog(READY.length);
    const transport = await openAt(server, log);
    await expect.poll(() => log.text, { timeout: 10_000 }).toBe(READY);
    const [output, typed] = [numberedLines('output', OUTPUT_BYTES), numberedLines('typed', TYPED_BYTES)];
    writeFileSync(join(server.dir, 'output'), output);
    await transport.write(typed);
    await expect.poll(() => log.bytes, { timeout: 60_000, interval: 50 }).toBe(READY.length + output.length);
    expect(log.sha256).toBe(sha256(READY, output));
    await expect.poll(() => sha256(readFileSync(join(server.dir, 'typed'))), { timeout: 30_000, interval: 50 }).toBe(sha256(typed));

    const line = Buffer.from('uname -a\r\x03\x1b[A\xff\x00\n', 'latin1');
    await transport.write(line);
    await expect.poll(() => log.sha256, { timeout: 10_000 }).toBe(sha256(READY, output, line));
  }, 120_000);

  it('holds the output back while it is paused, and loses none of it', async () => {
    await using server = await start({ command: PRINT_AND_ECHO });
    const log = new TransportLog(READY.length);
    const transport = await openAt(server, log);
    await expect.poll(() => log.text, { timeout: 10_000 }).toBe(READY);
    const output = numberedLines('output', OUTPUT_BYTES);
    transport.pause();
    writeFileSync(join(server.dir, 'output'), output);
    // Longer than 10 MB need where nothing holds them back.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(log.bytes).toBe(READY.length);
    transport.resume();
    await expect.poll(() => log.bytes, { timeout: 60_000, interval: 50 }).toBe(READY.length + output.length);
    expect(log.sha256).toBe(sha256(READY, output));
  }, 120_000);

  it('answers the prompt of PAM', async () => {
    await using server = await start({ method: 'keyboard-interactive' });
    const log = new TransportLog();
    await openAt(server, log);
    await expect.poll(() => log.text, { timeout: 10_000 }).toContain('ready');
    expect(server.log).toContain(`Accepted keyboard-interactive/pam for ${SSH_USER}`);
  });

  it.each(['password', 'keyboard-interactive'] as const)('sends a wrong password once, by %s', async (method) => {
    await using server = await start({ method });
    const opening = openAt(server, new TransportLog(), { password: 'wrong' });
    await expect(opening).rejects.toMatchObject({ code: 'E_CONSOLE_AUTH' });
    await expect.poll(() => server.log.split(/Failed (?:password|keyboard-interactive\/pam) for/).length - 1).toBe(1);
  });

  it('pins the host key that ssh-keygen shows, and sends nothing to a server with another one', async () => {
    const pins = pinned();
    const port = await freePort();
    const first = await start({ port });
    const firstKey = first.hostKey;
    try {
      await openAt(first, new TransportLog(), { pins });
      expect([...pins.values()]).toEqual([firstKey]);
    } finally {
      await first[Symbol.asyncDispose]();
    }
    await using second = await start({ port });
    const opening = openAt(second, new TransportLog(), { pins });
    await expect(opening).rejects.toMatchObject({
      code: 'E_CONSOLE_HOST_KEY',
      details: { hostKey: { pinned: firstKey, presented: second.hostKey } },
    });
    expect(second.log).toContain('Connection from 127.0.0.1');
    expect(second.log).not.toContain(SSH_USER);
  });

  it('reports that the server ended', async () => {
    const server = await start();
    const log = new TransportLog();
    await openAt(server, log);
    await server[Symbol.asyncDispose]();
    await expect.poll(() => log.ends, { timeout: 10_000 }).toMatchObject([{ code: 'E_CONSOLE_GONE' }]);
  });
});

function numberedLines(word: string, size: number): Buffer {
  const rows: string[] = [];
  for (let length = 0, row = 0; length < size; row++) {
    const line = `${word} ${String(row).padStart(8, '0')} ${'abcdefghij'.repeat(5)}\r\n`;
    rows.push(line);
    length += line.length;
  }
  return Buffer.from(rows.join('').slice(0, size));
}

function sha256(...pieces: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}
