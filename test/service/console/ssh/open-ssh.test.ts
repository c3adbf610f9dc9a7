import { createServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { BootbenchError } from '../../../../contract/errors.ts';
import { systemClock } from '../../../../contract/runtime.ts';
import { openSsh, type SshOptions } from '../../../../main-services/console/ssh/open-ssh.ts';
import { SSH_ENTRIES } from '../../../../main-services/console/ssh/presets.ts';
import type { ConsoleTransport } from '../../../../main-services/console/transport.ts';
import { sshBmc, sshHostKey, type SshBmc, type SshBmcOptions } from '../../../fixtures/ssh-bmc.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function bmcWith(options: SshBmcOptions = {}): Promise<SshBmc> {
  const bmc = await sshBmc(options);
  open.push(() => bmc.close());
  return bmc;
}

function memoryPins() {
  const pins = new Map<string, string>();
  return {
    get: (name: string) => pins.get(name),
    set: (name: string, value: string) => void pins.set(name, value),
    remove: (name: string) => void pins.delete(name),
    pins,
  };
}

interface Opened {
  readonly transport: ConsoleTransport;
  text(): string;
  readonly closed: Promise<BootbenchError | undefined>;
}

async function openAt(
  bmc: Pick<SshBmc, 'port'>,
  options: Partial<SshOptions> = {},
  takeOver = false,
  signal = new AbortController().signal,
): Promise<Opened> {
  const { entry = SSH_ENTRIES.none, ...more } = options;
  let text = '';
  let settle: (error: BootbenchError | undefined) => void = () => undefined;
  const closed = new Promise<BootbenchError | undefined>((resolve) => (settle = resolve));
  const login = { host: '127.0.0.1', username: 'root', password: 'calvin', legacy: false, pins: memoryPins(), clock: systemClock };
  const transport = await openSsh({ ...login, entry: { ...entry, port: bmc.port }, ...more })(
    { data: (bytes) => (text += Buffer.from(bytes).toString('latin1')), notice: () => undefined, closed: (error) => settle(error) },
    { signal, takeOver },
  );
  open.push(() => transport.close());
  return { transport, text: () => text, closed };
}

const failure = (opening: Promise<unknown>): Promise<BootbenchError> =>
  opening.then(
    () => expect.unreachable(),
    (error: unknown) => error as BootbenchError,
  );

describe('a console over SSH', () => {
  it('is the shell itself where there is no command; typed text comes back, in order', async () => {
    const bmc = await bmcWith();
    const { transport, text } = await openAt(bmc);
    for (let line = 0; line < 500; line++) await transport.write(Buffer.from(`line ${line}\r`));
    await expect.poll(text).toContain('line 499\r');
    expect(text()).toBe(Array.from({ length: 500 }, (_, line) => `line ${line}\r`).join(''));
  });

  it.each(['idrac', 'ilo', 'supermicro', 'xcc'] as const)(
    'types the command of %s at its prompt, and leaves with its keys',
    async (preset) => {
      const bmc = await bmcWith({ onCommand: (_line, channel) => channel.write('\r\nPress the escape keys to return.\r\n') });
      const { transport, closed } = await openAt(bmc, { entry: SSH_ENTRIES[preset] });
      expect(bmc.commands).toEqual([SSH_ENTRIES[preset].command]);
      await transport.write(Buffer.from('ls\r'));
      await transport.close();
      expect(await closed).toBeUndefined();
      await expect.poll(bmc.typed).toBe(`ls\r${SSH_ENTRIES[preset].leave}`);
    },
  );

  it('says who holds it, in the BMC’s words', async () => {
    const bmc = await bmcWith({
      onCommand: (_line, channel) => channel.write('\r\nVirtual Serial Port is currently in use by another session.\r\n</>hpiLO-> '),
    });
    const error = await failure(openAt(bmc, { entry: SSH_ENTRIES.ilo }));
    expect(error).toMatchObject({ code: 'E_CONSOLE_BUSY' });
    expect(error.message).toContain('“Virtual Serial Port is currently in use by another session.”');
  });

  it('reports the end of the connection once, and refuses what is typed after it', async () => {
    const bmc = await bmcWith();
    const { transport, closed } = await openAt(bmc);
    bmc.drop();
    expect(await closed).toMatchObject({ code: 'E_CONSOLE_GONE' });
    await expect(transport.write(Buffer.from('x'))).rejects.toMatchObject({ code: 'E_CONSOLE_GONE' });
  });

  it('cannot send a break, and says so', async () => {
    const { transport } = await openAt(await bmcWith());
    await expect(transport.sendBreak()).rejects.toMatchObject({ code: 'E_CONSOLE_UNSUPPORTED' });
  });
});

describe('logging in over SSH', () => {
  it('sends a wrong password once', async () => {
    const bmc = await bmcWith({ methods: ['password', 'keyboard-interactive'] });
    expect(await failure(openAt(bmc, { password: 'wrong' }))).toMatchObject({ code: 'E_CONSOLE_AUTH' });
    expect(bmc.passwords).toEqual(['wrong']);
  });

  it('answers a prompt where that is the only way', async () => {
    const bmc = await bmcWith({ methods: ['keyboard-interactive'] });
    await openAt(bmc);
    expect(bmc.passwords).toEqual(['calvin']);
  });

  it('says so where passwords are not accepted', async () => {
    const bmc = await bmcWith({ methods: ['publickey'] });
    const error = await failure(openAt(bmc));
    expect(error).toMatchObject({ code: 'E_CONSOLE_AUTH' });
    expect(error.message).toContain('publickey');
    expect(bmc.passwords).toEqual([]);
  });

  it('pins the first host key, and sends nothing to another one', async () => {
    const pins = memoryPins();
    const first = await bmcWith();
    await openAt(first, { pins });
    const [pinned] = pins.pins.values();
    expect(pinned).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
    await first.close();
    const second = await bmcWith({ port: first.port, hostKey: sshHostKey() });
    const seen: string[] = [];
    const error = await failure(openAt(second, { pins, onOtherKey: (key) => seen.push(key) }));
    expect(error).toMatchObject({ code: 'E_CONSOLE_HOST_KEY', details: { hostKey: { pinned, presented: seen[0] } } });
    expect(second.passwords).toEqual([]);
  });

  const OLD = {
    kex: ['diffie-hellman-group14-sha1' as const],
    cipher: ['aes128-cbc' as const],
    hmac: ['hmac-sha1' as const],
    serverHostKey: ['ssh-rsa' as const],
  };

  it('uses outdated algorithms only where they are allowed', async () => {
    const bmc = await bmcWith({ algorithms: OLD });
    const error = await failure(openAt(bmc));
    expect(error).toMatchObject({ code: 'E_CONSOLE_UNREACHABLE' });
    expect(error.next).toContain('legacy=true');
    const { transport, text } = await openAt(bmc, { legacy: true });
    await transport.write(Buffer.from('old'));
    await expect.poll(text).toBe('old');
  });

  it('names a port where nothing listens', async () => {
    const bmc = await bmcWith();
    await bmc.close();
    expect(await failure(openAt(bmc))).toMatchObject({ code: 'E_CONSOLE_UNREACHABLE' });
  });

  it('can be cancelled', async () => {
    const bmc = await bmcWith({ onCommand: () => undefined });
    const abort = new AbortController();
    const opening = failure(openAt(bmc, { entry: SSH_ENTRIES.ilo }, false, abort.signal));
    setTimeout(() => abort.abort(), 200);
    expect(await opening).toMatchObject({ code: 'E_CANCELLED' });
  });
});

it.each([
  ['HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['telnet', Buffer.from([0xff, 0xfd, 0x18, 0xff, 0xfb, 0x01])],
  ['a console', Buffer.alloc(100_000, 'login: \n')],
])('names a server that speaks %s instead', async (_what, bytes) => {
  const server = createServer((socket) =>
    socket
      .on('error', () => undefined)
      .resume()
      .end(bytes),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => new Promise((resolve) => server.close(() => resolve())));
  const { port } = server.address() as AddressInfo;
  const error = await failure(openAt({ port }));
  expect(error.code).toMatch(/^E_CONSOLE_(?:UNREACHABLE|GONE)$/);
  expect(error.message).toContain('does not answer as an SSH server');
});
