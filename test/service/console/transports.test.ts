import { afterEach, expect, it } from 'vitest';
import { parseConsoleUrl } from '../../../contract/console-url.ts';
import { BootbenchError } from '../../../contract/errors.ts';
import { Host } from '../../../contract/inventory.ts';
import { silentLog, systemClock } from '../../../contract/runtime.ts';
import { HostKeys } from '../../../main-services/console/host-keys.ts';
import { localPorts } from '../../../main-services/console/serial/local-ports.ts';
import { transportOf, type TransportDeps } from '../../../main-services/console/transports.ts';
import { OwnSessions } from '../../../main-services/console/sol/own-sessions.ts';
import type { ConsoleTransport } from '../../../main-services/console/transport.ts';
import { TestBmc } from '../../fixtures/ipmi-bmc/test-bmc.ts';
import { hasSocat, PtyPair } from '../../fixtures/pty-pair.ts';
import { sshBmc, type SshBmc } from '../../fixtures/ssh-bmc.ts';
import { TcpMachine } from '../../fixtures/tcp-machine.ts';
import { TransportLog } from '../../fixtures/transport-log.ts';

const HOST = Host.parse({ name: 'r1', interfaces: [{ mac: '52:54:00:00:00:01' }], createdAt: 0, updatedAt: 0 });

const pinned = new Map<string, string>();
const pins = {
  get: (endpoint: string) => pinned.get(endpoint),
  set: (endpoint: string, fingerprint: string) => void pinned.set(endpoint, fingerprint),
  remove: (endpoint: string) => void pinned.delete(endpoint),
};
const hostKeys = new HostKeys(pins);
const deps: TransportDeps = {
  bmc: {
    consoleLogin: () => Promise.resolve({ address: '127.0.0.1', username: 'root', password: 'calvin' }),
    provider: () => Promise.reject(new BootbenchError('E_BMC_UNREACHABLE', 'This BMC has SSH only.')),
  },
  ...{
    pins,
    hostKeys,
    memory: new Map<string, string>(),
    solSessions: new OwnSessions(systemClock),
    native: localPorts(systemClock),
    clock: systemClock,
    log: silentLog,
  },
};

let log = new TransportLog();
let transport: ConsoleTransport | undefined;
let bmc: SshBmc | undefined;
afterEach(async () => {
  await transport?.close();
  await bmc?.close();
  transport = undefined;
  bmc = undefined;
  pinned.clear();
});

async function open(text: string): Promise<ConsoleTransport> {
  const url = parseConsoleUrl(text);
  log = new TransportLog();
  transport = await transportOf(url, HOST, deps)(log, { signal: new AbortController().signal, takeOver: false });
  return transport;
}

it('opens raw TCP and telnet', async () => {
  await using machine = await new TcpMachine().start();
  for (const url of [machine.url, machine.url.replace('tcp:', 'telnet:')]) {
    await open(url);
    machine.print('hello');
    await expect.poll(() => log.text).toContain('hello');
    await transport?.close();
  }
});

it.skipIf(!hasSocat)('opens a serial port with the speed of its URL', async () => {
  await using pair = new PtyPair();
  await pair.plug();
  expect((await open(`serial:${pair.port}?baud=9600`)).baud).toBe(9600);
  await transport?.close();
});

it('opens SSH at the BMC’s address with its account, by preset where the BMC reports nothing', async () => {
  bmc = await sshBmc({ onCommand: (_line, channel) => channel.write('Connected to COM2\r\n') });
  await open(`ssh://127.0.0.1:${bmc.port}?preset=idrac`);
  expect(bmc.commands).toEqual(['console com2']);
  expect(bmc.passwords).toEqual(['calvin']);
  await transport?.close();
  await bmc.close();
  bmc = await sshBmc();
  await open(`ssh://127.0.0.1:${bmc.port}`);
  expect(bmc.commands).toEqual([]);
});

it('accepts another host key only when one was refused, then opens', async () => {
  expect(() => hostKeys.accept('r1', undefined)).toThrow(expect.objectContaining({ code: 'E_CONSOLE_HOST_KEY' }) as Error);
  bmc = await sshBmc();
  const url = `ssh://127.0.0.1:${bmc.port}?preset=none`;
  await open(url);
  await transport?.close();
  await bmc.close();
  bmc = await sshBmc({ port: bmc.port });
  await expect(open(url)).rejects.toMatchObject({ code: 'E_CONSOLE_HOST_KEY' });
  hostKeys.accept('r1', undefined);
  await open(url);
  expect(bmc.passwords).toEqual(['calvin']);
});

it('opens Serial over LAN with the cipher suite that worked last time', async () => {
  await using ipmi = await TestBmc.start({ username: 'root', password: 'calvin', suites: [3] });
  for (let times = 0; times < 2; times++) {
    await open(`sol://127.0.0.1:${ipmi.port}`);
    await transport?.close();
  }
  expect(ipmi.suitesAsked).toEqual([17, 3, 3]);
});
