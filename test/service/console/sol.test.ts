import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BootbenchError } from '../../../contract/errors.ts';
import { silentLog, systemClock } from '../../../contract/runtime.ts';
import { openSol } from '../../../main-services/console/sol/open-sol.ts';
import type { ConsoleTransport } from '../../../main-services/console/transport.ts';
import {
  hasIpmiSim,
  hasIpmitool,
  hasPyghmi,
  ipmitool,
  PASSWORD,
  startIpmiSim,
  startPyghmi,
  USERNAME,
  type IpmiPeer,
  type IpmiSim,
} from '../../fixtures/ipmi-bmc/peers.ts';
import { TestBmc } from '../../fixtures/ipmi-bmc/test-bmc.ts';

/** Bytes of printable text that no loss, repetition or change of order leaves as it is. */
function textOf(bytes: number): Buffer {
  return Buffer.from(
    randomBytes(Math.ceil(bytes / 2))
      .toString('hex')
      .slice(0, bytes),
  );
}

interface Opened {
  readonly transport: ConsoleTransport;
  readonly notices: string[];
  received(): Buffer;
  readonly closed: Promise<BootbenchError | undefined>;
}

const open: ConsoleTransport[] = [];
afterEach(async () => {
  for (const transport of open.splice(0)) await transport.close();
});

async function openAt(port: number, { takeOver = false, password = PASSWORD } = {}): Promise<Opened> {
  const pieces: Buffer[] = [];
  const notices: string[] = [];
  let settle: (error: BootbenchError | undefined) => void = () => undefined;
  const closed = new Promise<BootbenchError | undefined>((resolve) => (settle = resolve));
  const options = { host: '127.0.0.1', port, username: USERNAME, password, clock: systemClock, log: silentLog };
  const transport = await openSol(options)(
    { data: (bytes) => pieces.push(Buffer.from(bytes)), notice: (message) => notices.push(message), closed: settle },
    { signal: new AbortController().signal, takeOver },
  );
  open.push(transport);
  return { transport, notices, received: () => Buffer.concat(pieces), closed };
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Types it all, and waits until as much has come back. */
async function echoes({ transport, received }: Opened, text: Buffer, timeout = 60_000): Promise<void> {
  const arrives = expect.poll(() => received().length, { timeout, interval: 50 }).toBeGreaterThanOrEqual(text.length);
  await Promise.all([transport.write(text), arrives]);
  expect(sha256(received())).toBe(sha256(text));
}

describe('the test BMC, suite 17', () => {
  const bmcs: TestBmc[] = [];
  const start = async (options: Partial<Parameters<typeof TestBmc.start>[0]> = {}): Promise<TestBmc> => {
    const bmc = await TestBmc.start({ password: PASSWORD, suites: [17], ...options });
    bmcs.push(bmc);
    return bmc;
  };
  afterAll(async () => {
    for (const bmc of bmcs) await bmc[Symbol.asyncDispose]();
  });

  it('1 MB comes back, complete and in order', async () => {
    const bmc = await start();
    await echoes(await openAt(bmc.port), textOf(1_048_576), 110_000);
  }, 120_000);

  it('the same with 5 % of the packets lost each way', async () => {
    const bmc = await start({ loses: () => Math.random() < 0.05 });
    await echoes(await openAt(bmc.port), textOf(131_072), 110_000);
  }, 120_000);

  it('what the BMC takes piecemeal arrives complete', async () => {
    const bmc = await start();
    bmc.sol.takes = 3;
    await echoes(await openAt(bmc.port), textOf(4000));
  });

  it('a break reaches the machine', async () => {
    const bmc = await start();
    const { transport } = await openAt(bmc.port);
    await transport.sendBreak();
    expect(bmc.sol.breaks).toBe(1);
  });

  it('held by another session: refused, and taken over where that is wanted', async () => {
    const bmc = await start();
    const first = await openAt(bmc.port);
    await expect(openAt(bmc.port)).rejects.toMatchObject({ code: 'E_CONSOLE_BUSY' });
    const second = await openAt(bmc.port, { takeOver: true });
    expect(await first.closed).toMatchObject({ code: 'E_CONSOLE_GONE' });
    await echoes(second, textOf(200));
  });

  it.each([
    [0x81, 'E_CONSOLE_UNSUPPORTED'],
    [0x82, 'E_CONSOLE_BUSY'],
    [0x83, 'E_CONSOLE_UNSUPPORTED'],
    [0xc1, 'E_CONSOLE_UNSUPPORTED'],
    [0xd4, 'E_CONSOLE_AUTH'],
    [0xff, 'E_CONSOLE_UNSUPPORTED'],
  ])('completion code %i is %s', async (code, error) => {
    const bmc = await start();
    bmc.sol.refusal = code;
    await expect(openAt(bmc.port)).rejects.toMatchObject({ code: error });
    await expect.poll(() => bmc.openSessions).toBe(0);
  });

  it('a wrong password, and a BMC that is not there', async () => {
    const bmc = await start();
    await expect(openAt(bmc.port, { password: 'wrong' })).rejects.toMatchObject({ code: 'E_CONSOLE_AUTH' });
    const { port } = bmc;
    await bmc[Symbol.asyncDispose]();
    bmcs.splice(bmcs.indexOf(bmc), 1);
    await expect(openAt(port)).rejects.toMatchObject({ code: 'E_CONSOLE_UNREACHABLE' });
  }, 20_000);

  it('closing ends SOL and the session on the BMC', async () => {
    const bmc = await start();
    const { transport, closed } = await openAt(bmc.port);
    await transport.close();
    expect(await closed).toBeUndefined();
    expect(bmc.openSessions).toBe(0);
    await openAt(bmc.port);
  });

  it('a BMC that restarts is noticed by what is typed', async () => {
    const bmc = await start();
    const { transport, closed } = await openAt(bmc.port);
    bmc.forgetSessions();
    await expect(transport.write(Buffer.from('x'))).rejects.toMatchObject({ code: 'E_CONSOLE_GONE' });
    expect(await closed).toMatchObject({ code: 'E_CONSOLE_GONE' });
  }, 30_000);

  it.runIf(hasIpmitool)('is one for ipmitool too', async () => {
    const bmc = await start();
    expect(await ipmitool(bmc.port, ['sol', 'deactivate'], { suite: 17 })).toContain('already de-activated');
  });
});

describe.runIf(hasPyghmi)('pyghmi', () => {
  let peer: IpmiPeer;
  beforeAll(async () => {
    peer = await startPyghmi();
  });
  afterAll(() => peer[Symbol.asyncDispose]());

  it('1 MB comes back', async () => {
    await echoes(await openAt(peer.port), textOf(1_048_576), 100_000);
  }, 110_000);
});

describe.runIf(hasIpmiSim && hasIpmitool)('ipmi_sim with a QEMU', () => {
  let dir: string;
  let sim: IpmiSim;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'ipmi-sim-'));
    sim = await startIpmiSim(dir);
    await ipmitool(sim.port, ['power', 'on']);
    while (!sim.machineRuns()) await new Promise((resolve) => setTimeout(resolve, 100));
  }, 30_000);
  afterAll(async () => {
    await sim[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true });
  }, 30_000);

  it('1 MB typed at the machine comes back', async () => {
    const opened = await openAt(sim.port);
    // Until the simulator has connected to the machine's port, it drops what is typed.
    await expect
      .poll(
        async () => {
          await opened.transport.write(Buffer.from('\r'));
          return opened.received().length;
        },
        { timeout: 20_000, interval: 500 },
      )
      .toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const before = opened.received().length;
    const text = textOf(1_048_576);
    const typed = opened.transport.write(text);
    await expect.poll(() => opened.received().length - before, { timeout: 220_000, interval: 100 }).toBeGreaterThanOrEqual(text.length);
    await typed;
    expect(sha256(opened.received().subarray(before))).toBe(sha256(text));
  }, 240_000);
});
