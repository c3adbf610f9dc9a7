import { createHash, randomBytes } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock as clock } from '../../../contract/runtime.ts';
import { openRfc2217 } from '../../../main-services/console/network/open-rfc2217.ts';
import { openTcp } from '../../../main-services/console/network/open-tcp.ts';
import { encodeOption, encodeSubnegotiation, TelnetDecoder } from '../../../main-services/console/network/telnet-codec.ts';
import { openTelnet } from '../../../main-services/console/network/open-telnet.ts';
import type { ConsoleTransport, OpenTransport } from '../../../main-services/console/transport.ts';
import { hasSocat, PtyPair } from '../../fixtures/pty-pair.ts';
import { freePort, hasSer2net, occupy, Ser2net } from '../../fixtures/ser2net.ts';
import { TransportLog } from '../../fixtures/transport-log.ts';

const host = '127.0.0.1';
const never = { signal: new AbortController().signal, takeOver: false };
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});
const KINDS: Readonly<Record<string, { accepter: string; open: (port: number) => OpenTransport }>> = {
  'raw TCP': { accepter: 'tcp,127.0.0.1,', open: (port) => openTcp({ host, port, clock }) },
  telnet: { accepter: 'telnet,tcp,127.0.0.1,', open: (port) => openTelnet({ host, port, clock }) },
  'RFC 2217': { accepter: 'telnet(rfc2217=true),tcp,127.0.0.1,', open: (port) => openRfc2217({ host, port, baud: 9600, clock }) },
};

/** ser2net in front of one end of a pseudo-terminal pair; `machine` is the other end. */
async function ser2net(accepter: string): Promise<{ port: number; machine: FileHandle; pty: PtyPair; server: Ser2net }> {
  const pty = new PtyPair();
  cleanUp.push(async () => pty[Symbol.asyncDispose]());
  await pty.plug();
  const server = await Ser2net.start({ dir: pty.dir, accepter, port: await freePort(), device: pty.port });
  cleanUp.push(async () => server[Symbol.asyncDispose]());
  const machine = await open(pty.machine, 'r+');
  cleanUp.push(async () => machine.close());
  return { port: server.port, machine, pty, server };
}

async function opened(transport: OpenTransport, log: TransportLog): Promise<ConsoleTransport> {
  const console = await transport(log, never);
  cleanUp.push(async () => console.close());
  return console;
}

async function readAll(file: FileHandle, size: number): Promise<Buffer> {
  const all = Buffer.alloc(size);
  for (let at = 0; at < size;) at += (await file.read(all, at, size - at, null)).bytesRead;
  return all;
}

describe.runIf(hasSer2net && hasSocat).each(Object.entries(KINDS))('ser2net by %s', (_, { accepter, open: openKind }) => {
  it('passes every byte both ways, at the same time', async () => {
    const { port, machine } = await ser2net(accepter);
    const log = new TransportLog();
    const console = await opened(openKind(port), log);
    const sent = Buffer.concat([randomBytes(500_000), Buffer.from('\r\0\r\n\xff\xff\xfb\x01\r', 'latin1')]);
    const typed = Buffer.concat([Buffer.from('\r\0\r\n\xff\xff\xfa\r', 'latin1'), randomBytes(100_000)]);
    const [received] = await Promise.all([readAll(machine, typed.length), console.write(typed), machine.write(sent)]);
    await expect.poll(() => log.bytes, { timeout: 10_000 }).toBe(sent.length);
    expect(log.sha256).toBe(sha256(sent));
    expect(sha256(received)).toBe(sha256(typed));
  });
  it('in use: E_CONSOLE_BUSY with the server’s words', async () => {
    const { port } = await ser2net(accepter);
    cleanUp.push(await occupy(port));
    await expect(openKind(port)(new TransportLog(), never)).rejects.toMatchObject({
      code: 'E_CONSOLE_BUSY',
      message: expect.stringContaining('Port already in use') as string,
    });
  });
  it('the server dies: E_CONSOLE_GONE, once, and writes reject', async () => {
    const { port, server } = await ser2net(accepter);
    const log = new TransportLog();
    const console = await opened(openKind(port), log);
    await server[Symbol.asyncDispose]();
    await expect.poll(() => log.ends).toMatchObject([{ code: 'E_CONSOLE_GONE' }]);
    await expect(console.write(Buffer.from('x'))).rejects.toMatchObject({ code: 'E_CONSOLE_GONE' });
  });
  it('closes', async () => {
    const { port } = await ser2net(accepter);
    const log = new TransportLog();
    const console = await opened(openKind(port), log);
    await console.close();
    expect(log.ends).toEqual([undefined]);
    await expect(console.write(Buffer.from('x'))).rejects.toMatchObject({ code: 'E_CONSOLE_GONE' });
  });
});

describe.runIf(hasSer2net && hasSocat)('RFC 2217 (ser2net)', () => {
  it('sets the speed, and the server acknowledges', async () => {
    const { port, machine } = await ser2net(KINDS['RFC 2217']!.accepter);
    const log = new TransportLog();
    const console = await opened(KINDS['RFC 2217']!.open(port), log);
    expect(console).toMatchObject({ baud: 9600, canBreak: true, description: `RFC 2217 127.0.0.1:${port} at 9600 baud` });
    expect(await console.setBaud?.(115200)).toBe(115200);
    expect(log.notices.at(-1)).toContain('115200');
    await machine.write('after');
    await expect.poll(() => log.text).toBe('after');
  });
  it('what the server’s port cannot do is not acknowledged: a pseudo-terminal has no control lines', async () => {
    const { port } = await ser2net(KINDS['RFC 2217']!.accepter);
    const console = await opened(KINDS['RFC 2217']!.open(port), new TransportLog());
    await expect(console.setModemLines?.({ dtr: false })).rejects.toMatchObject({ code: 'E_CONSOLE_UNSUPPORTED' });
    expect(await console.modemLines?.()).toMatchObject({ dtr: true, rts: true });
  });
  it('detects the speed', async () => {
    const { port, machine } = await ser2net(KINDS['RFC 2217']!.accepter);
    const log = new TransportLog();
    const console = await opened(KINDS['RFC 2217']!.open(port), log);
    const detecting = console.setBaud?.('auto');
    const timer = setInterval(() => void machine.write('[    0.000000] Linux version 6.1.0\r\n'), 100);
    expect(await detecting).toBe(9600);
    clearInterval(timer);
    expect(log.text).toContain('Linux version');
  });
  it('a telnet server without it is E_CONSOLE_UNSUPPORTED', async () => {
    const { port } = await ser2net(KINDS.telnet!.accepter);
    await expect(KINDS['RFC 2217']!.open(port)(new TransportLog(), never)).rejects.toMatchObject({ code: 'E_CONSOLE_UNSUPPORTED' });
  });
});

/** A peer that does what `talk` says, for what ser2net does not do. */
async function peer(talk: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    talk(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  cleanUp.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

describe('connections', () => {
  const tcp = (port: number, name = host) => openTcp({ host: name, port, clock });
  it('refused', async () => {
    const port = await freePort();
    await expect(tcp(port)(new TransportLog(), never)).rejects.toMatchObject({
      code: 'E_CONSOLE_UNREACHABLE',
      message: expect.stringContaining('refused') as string,
    });
  });
  it('an unknown name', async () => {
    await expect(tcp(7, 'no-such-host.invalid')(new TransportLog(), never)).rejects.toMatchObject({ code: 'E_CONSOLE_UNREACHABLE' });
  });
  it('cancelled before, and while it settles', async () => {
    const port = await peer(() => undefined);
    const controller = new AbortController();
    const opening = tcp(port)(new TransportLog(), { ...never, signal: controller.signal });
    const rejected = expect(opening).rejects.toMatchObject({ code: 'E_CANCELLED' });
    setTimeout(() => {
      controller.abort();
    }, 50);
    await rejected;
    await expect(tcp(port)(new TransportLog(), { ...never, signal: controller.signal })).rejects.toMatchObject({ code: 'E_CANCELLED' });
  });
  it('closed without a word', async () => {
    const port = await peer((socket) => socket.end());
    await expect(tcp(port)(new TransportLog(), never)).rejects.toMatchObject({ code: 'E_CONSOLE_GONE' });
  });
  it('a refusal that comes late', async () => {
    const port = await peer((socket) => setTimeout(() => socket.end('Line is busy\r\n'), 400));
    const log = new TransportLog();
    await opened(tcp(port), log);
    await expect.poll(() => log.ends).toMatchObject([{ code: 'E_CONSOLE_BUSY' }]);
  });
  it('what is sent at once is not lost, and a pause holds the peer back', async () => {
    const sent = randomBytes(8_000_000);
    let written = false;
    const port = await peer((socket) => socket.write(sent, () => (written = true)));
    const log = new TransportLog(10_000_000);
    const console = await opened(tcp(port), log);
    console.pause();
    const before = log.bytes;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect([log.bytes, written]).toEqual([before, false]);
    console.resume();
    await expect.poll(() => log.bytes, { timeout: 5000 }).toBe(sent.length);
    expect(log.sha256).toBe(sha256(sent));
  });
  it('a peer that never reads does not keep close() waiting', async () => {
    const port = await peer((socket) => socket.pause());
    const log = new TransportLog();
    const console = await opened(tcp(port), log);
    const rejected = expect(console.write(Buffer.alloc(20_000_000))).rejects.toMatchObject({ code: 'E_CONSOLE_GONE' });
    const began = Date.now();
    await console.close();
    await rejected;
    expect(Date.now() - began).toBeLessThan(2500);
    expect(log.ends).toEqual([undefined]);
  });
});

describe('an RFC 2217 server with control lines, which no pseudo-terminal has', () => {
  /** Answers every command as RFC 2217 says, and records the values. */
  async function server(): Promise<{ port: number; commands: string[]; say: (bytes: string) => void }> {
    const commands: string[] = [];
    let client: Socket | undefined;
    const port = await peer((socket) => {
      client = socket;
      const decoder = new TelnetDecoder((item) => {
        if (item.kind === 'option' && item.verb === 'will') socket.write(encodeOption('do', item.option));
        if (item.kind !== 'subnegotiation') return;
        commands.push(Buffer.from(item.bytes).toString('hex'));
        const answer = Uint8Array.from(item.bytes);
        answer[0] = (answer[0] ?? 0) + 100;
        socket.write(encodeSubnegotiation(44, answer));
      });
      socket.on('data', (bytes) => {
        decoder.push(bytes);
      });
    });
    return { port, commands, say: (bytes) => client?.write(Buffer.from(bytes, 'hex')) };
  }

  it('sets up the port, sends a break, sets and reads the lines', async () => {
    const { port, commands, say } = await server();
    const console = await opened(openRfc2217({ host, port, baud: 19200, clock }), new TransportLog());
    await expect.poll(() => commands).toEqual(['0100004b00', '0208', '0301', '0401', '0501', '0bff', '0a02']);
    commands.length = 0;
    await console.sendBreak();
    await console.setModemLines?.({ dtr: false, rts: true });
    expect(commands).toEqual(['0505', '0506', '0509', '050b']);
    say('fffa2c6bb0fff0');
    await expect.poll(() => console.modemLines?.()).toEqual({ dtr: false, rts: true, cts: true, dsr: true, dcd: true });
  });
  it('sends nothing while the server’s buffer is full', async () => {
    const { port, say } = await server();
    const console = await opened(openRfc2217({ host, port, baud: 9600, clock }), new TransportLog());
    say('fffa2c6cfff0');
    await new Promise((resolve) => setTimeout(resolve, 50));
    let sent = false;
    const writing = console.write(Buffer.from('x')).then(() => (sent = true));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sent).toBe(false);
    say('fffa2c6dfff0');
    await writing;
  });
  it('says that characters were lost', async () => {
    const { port, say } = await server();
    const log = new TransportLog();
    await opened(openRfc2217({ host, port, baud: 9600, clock }), log);
    say('fffa2c6a02fff0');
    await expect.poll(() => log.notices).toEqual([expect.stringContaining('overrun')]);
  });
  it('says it once in a while to a server that reports each lost character', async () => {
    const { port, say } = await server();
    const log = new TransportLog();
    await opened(openRfc2217({ host, port, baud: 9600, clock }), log);
    say(`${'fffa2c6a02fff0'.repeat(1000)}${Buffer.from('done').toString('hex')}`);
    await expect.poll(() => log.text).toBe('done');
    expect(log.notices).toHaveLength(1);
  });
});

describe('hostile telnet servers', () => {
  it('options without end: answered at most 100 times, output arrives', async () => {
    let answers = 0;
    const port = await peer((socket) => {
      socket.on('data', (bytes) => (answers += bytes.length / 3));
      for (let index = 0; index < 20_000; index++) socket.write(Uint8Array.of(255, index % 2 === 0 ? 251 : 252, 1));
      socket.write('done');
    });
    const log = new TransportLog();
    await opened(openTelnet({ host, port, clock }), log);
    await expect.poll(() => log.text).toBe('done');
    expect(answers).toBeLessThanOrEqual(100);
  });
  it('random bytes to a client of RFC 2217: an error, no exception', async () => {
    const port = await peer((socket) => {
      socket.write(randomBytes(200_000));
    });
    const log = new TransportLog();
    await expect(openRfc2217({ host, port, baud: 9600, clock })(log, never)).rejects.toMatchObject({ code: 'E_CONSOLE_UNSUPPORTED' });
    expect(log.ends).toEqual([]);
  });
  it('escaped 255 without end: a packet is one piece, not one per byte', async () => {
    const sent = 1_000_000;
    const port = await peer((socket) => {
      socket.write(Buffer.alloc(sent * 2, 255));
    });
    let pieces = 0;
    let bytes = 0;
    const log = new TransportLog();
    const data = (piece: Uint8Array): void => {
      pieces += 1;
      bytes += piece.length;
    };
    await opened(openTelnet({ host, port, clock }), Object.assign(log, { data }));
    await expect.poll(() => bytes, { timeout: 20_000 }).toBe(sent);
    // Each received packet has at least 500 bytes.
    expect(pieces).toBeLessThan(sent / 250);
  });
  it('a subnegotiation without end does not grow', async () => {
    const port = await peer((socket) => {
      socket.write(Uint8Array.of(255, 250, 44));
      for (let index = 0; index < 200; index++) socket.write(Buffer.alloc(65_536, 1));
      socket.end(Buffer.from('\xff\xf0end', 'latin1'));
    });
    const log = new TransportLog();
    await opened(openTelnet({ host, port, clock }), log);
    await expect.poll(() => log.text).toBe('end');
  });
});
