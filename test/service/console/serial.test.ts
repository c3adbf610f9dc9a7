import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog, systemClock } from '../../../contract/runtime.ts';
import { localPorts } from '../../../main-services/console/serial/local-ports.ts';
import { openSerial } from '../../../main-services/console/serial/open-serial.ts';
import type { ConsoleTransport } from '../../../main-services/console/transport.ts';
import { hasSocat, PtyPair } from '../../fixtures/pty-pair.ts';
import { TransportLog } from '../../fixtures/transport-log.ts';

const native = localPorts(systemClock);
const never = { signal: new AbortController().signal, takeOver: false };
const at = (path: string, baud: number | 'auto' = 115200) => openSerial({ path, baud, native, clock: systemClock, log: silentLog });

describe.runIf(hasSocat)('a serial port (socat)', () => {
  let pty: PtyPair;
  let log: TransportLog;
  let port: ConsoleTransport | undefined;
  beforeEach(async () => {
    pty = new PtyPair();
    log = new TransportLog();
    await pty.plug();
  });
  afterEach(async () => {
    await port?.close();
    port = undefined;
    await pty[Symbol.asyncDispose]();
  });
  const opened = async () => (port = await at(pty.port)(log, never));
  /** The other end, with one file for both directions. */
  const machine = async () => open(pty.machine, 'r+');

  it('passes every byte both ways, at the same time', async () => {
    const sent = randomBytes(1_000_000);
    const typed = randomBytes(300_000);
    await opened();
    const end = await machine();
    const hash = createHash('sha256');
    let read = 0;
    const reading = (async () => {
      const buffer = Buffer.alloc(65536);
      while (read < typed.length) {
        const { bytesRead } = await end.read(buffer, 0, buffer.length, null);
        hash.update(buffer.subarray(0, bytesRead));
        read += bytesRead;
      }
    })();
    await Promise.all([end.write(sent), port!.write(typed), reading]);
    await expect.poll(() => log.bytes, { timeout: 10_000 }).toBe(sent.length);
    expect(log.sha256).toBe(createHash('sha256').update(sent).digest('hex'));
    expect(hash.digest('hex')).toBe(createHash('sha256').update(typed).digest('hex'));
    await end.close();
  });

  it('says what it is; a pseudo-terminal has no control lines and no break', async () => {
    await opened();
    expect(port).toMatchObject({ description: `${pty.port} at 115200 baud`, baud: 115200, canBreak: false });
    expect(await port!.modemLines?.()).toBeUndefined();
    await expect(port!.sendBreak()).rejects.toMatchObject({ code: 'E_CONSOLE_UNSUPPORTED' });
    await expect(port!.setModemLines?.({ dtr: false })).rejects.toMatchObject({ code: 'E_CONSOLE_UNSUPPORTED' });
  });

  it('changes the speed, to a standard and to another one', async () => {
    await opened();
    expect(await port!.setBaud?.(9600)).toBe(9600);
    expect(await port!.setBaud?.(250_000)).toBe(250_000);
    expect(port!.description).toContain('250000');
    expect(log.notices).toHaveLength(2);
  });

  it('ends with E_CONSOLE_GONE when the adapter is unplugged, and opens again under the same name', async () => {
    await opened();
    await pty.unplug();
    await expect.poll(() => log.ends, { timeout: 3000 }).toMatchObject([{ code: 'E_CONSOLE_GONE' }]);
    expect(log.ends[0]?.message).toContain('unplugged');
    await expect(port!.write(Buffer.from('x'))).rejects.toMatchObject({ code: 'E_CONSOLE_GONE' });
    await expect(at(pty.port)(log, never)).rejects.toMatchObject({ code: 'E_CONSOLE_UNREACHABLE' });

    await pty.plug();
    log = new TransportLog();
    await opened();
    const end = await machine();
    await end.write('back');
    await expect.poll(() => log.text).toBe('back');
    await end.close();
  });

  it('ends within a second when it disappears while it prints', async () => {
    await opened();
    const end = await machine();
    const block = Buffer.alloc(4096, 'x');
    const print = async (): Promise<void> => {
      for (;;) await end.write(block);
    };
    const printing = print().catch(() => undefined);
    await expect.poll(() => log.bytes).toBeGreaterThan(100_000);
    await pty.unplug();
    await expect.poll(() => log.ends, { timeout: 1500 }).toMatchObject([{ code: 'E_CONSOLE_GONE' }]);
    await printing;
    await end.close();
  });

  it('rejects a write during which it disappears', async () => {
    await opened();
    // No one reads at the other end: the pseudo-terminals' buffers fill.
    const rejected = expect(port!.write(Buffer.alloc(1_000_000))).rejects.toMatchObject({ code: 'E_CONSOLE_GONE' });
    await new Promise((resolve) => setTimeout(resolve, 200));
    await pty.unplug();
    await rejected;
    expect(log.ends).toMatchObject([{ code: 'E_CONSOLE_GONE' }]);
  });

  it('can be closed while a write waits', async () => {
    await opened();
    const rejected = expect(port!.write(Buffer.alloc(1_000_000))).rejects.toMatchObject({ code: 'E_CONSOLE_GONE' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await port!.close();
    await rejected;
    expect(log.ends).toEqual([undefined]);
  });

  it('is locked: a second console is E_CONSOLE_BUSY', async () => {
    await opened();
    await expect(at(pty.port)(log, never)).rejects.toMatchObject({ code: 'E_CONSOLE_BUSY' });
    await port!.close();
    expect(log.ends).toEqual([undefined]);
  });

  it('stops reading while it is paused', async () => {
    await opened();
    port!.pause();
    const end = await machine();
    await end.write('one');
    await new Promise((resolve) => setTimeout(resolve, 100));
    await end.write('two');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(log.bytes).toBe(0);
    port!.resume();
    await expect.poll(() => log.text).toBe('onetwo');
    await end.close();
  });

  it('a speed that a person sets ends a detection that waits', async () => {
    port = await at(pty.port, 'auto')(log, never);
    expect(await port.setBaud?.(9600)).toBe(9600);
    const end = await machine();
    await end.write('\0\x80\0\xf8');
    await expect.poll(() => log.bytes).toBe(Buffer.byteLength('\0\x80\0\xf8'));
    expect(port.baud).toBe(9600);
    await end.close();
  });

  it('detects the speed from the output: what came before is not lost', async () => {
    port = await at(pty.port, 'auto')(log, never);
    const end = await machine();
    await end.write('[    0.000000] Linux version 6.1.0 (gcc) #1 SMP\r\n[    0.000000] Command line: console=ttyS0,115200\r\n');
    await expect.poll(() => log.text).toContain('console=ttyS0,115200');
    expect(log.notices.at(-1)).toContain('115200');
    expect(await Promise.all([port.setBaud?.('auto'), end.write('login: ')])).toMatchObject([115200, {}]);
    await end.close();
  });
});

/** A tty that only root may open and that no one uses: a virtual console. A program that opens it does not lock it. */
const UNUSED_TTY = '/dev/tty63';
const canHoldTty = process.platform === 'linux' && spawnSync('sh', ['-c', `exec true <>${UNUSED_TTY}`]).status === 0;

it.runIf(canHoldTty)('names the program that has a port open without locking it', async () => {
  const holder = spawn('sh', ['-c', `exec sleep 60 <>${UNUSED_TTY}`], { stdio: 'ignore' });
  try {
    const opening = async () =>
      at(UNUSED_TTY)(new TransportLog(), never).then(
        async (opened) => opened.close(),
        (error: unknown) => error,
      );
    const inUse = { code: 'E_CONSOLE_BUSY', message: `${UNUSED_TTY} is in use by sleep (PID ${holder.pid}).` };
    // Its shell may hold it first, and a look at all processes is reused for a second.
    await expect.poll(opening, { timeout: 5000, interval: 300 }).toMatchObject(inUse);
    expect(await opening()).toMatchObject({ next: 'Quit sleep. Bootbench tries again by itself.' });
  } finally {
    holder.kill();
  }
});

it('says that a port is missing, or not a port', async () => {
  const file = join(import.meta.dirname, 'serial.test.ts');
  await expect(at('/dev/serial/by-id/usb-none')(new TransportLog(), never)).rejects.toMatchObject({ code: 'E_CONSOLE_UNREACHABLE' });
  await expect(at(file)(new TransportLog(), never)).rejects.toMatchObject({ code: 'E_CONSOLE_UNSUPPORTED' });
});
