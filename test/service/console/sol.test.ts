import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BootbenchError } from '../../../contract/errors.ts';
import { silentLog, systemClock } from '../../../contract/runtime.ts';
import { openSol, type SolOptions } from '../../../main-services/console/sol/open-sol.ts';
import { OwnSessions } from '../../../main-services/console/sol/own-sessions.ts';
import type { ConsoleTransport } from '../../../main-services/console/transport.ts';
import {
  hasIpmiSim,
  hasIpmitool,
  hasPyghmi,
  ipmitool,
  ipmitoolCommand,
  ipmitoolEnv,
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

async function openAt(
  port: number,
  { takeOver = false, password = PASSWORD, ...more }: Partial<SolOptions & { takeOver: boolean }> = {},
): Promise<Opened> {
  const pieces: Buffer[] = [];
  const notices: string[] = [];
  let settle: (error: BootbenchError | undefined) => void = () => undefined;
  const closed = new Promise<BootbenchError | undefined>((resolve) => (settle = resolve));
  const options = { host: '127.0.0.1', port, username: USERNAME, password, clock: systemClock, log: silentLog, ...more };
  const transport = await openSol(options)(
    { data: (bytes) => pieces.push(Buffer.from(bytes)), notice: (message) => notices.push(message), closed: settle },
    { signal: new AbortController().signal, takeOver },
  );
  open.push(transport);
  return { transport, notices, received: () => Buffer.concat(pieces), closed };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
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
    await echoes(await openAt(bmc.port), textOf(1_048_576), 280_000);
  }, 300_000);

  it('the same with 5 % of the packets lost each way', async () => {
    const bmc = await start({ loses: () => Math.random() < 0.05 });
    await echoes(await openAt(bmc.port), textOf(65_536), 110_000);
  }, 120_000);

  it('what the BMC takes piecemeal arrives complete', async () => {
    const bmc = await start();
    bmc.sol.takes = 3;
    await echoes(await openAt(bmc.port), textOf(1000));
  });

  it('OpenBMC ignores a packet whose acknowledgement was lost: it counts as typed, once, with a notice', async () => {
    let losing = 0;
    const bmc = await start({ loses: (_number, direction) => direction === 'out' && losing > 0 && losing-- > 0 });
    bmc.sol.isLikeOpenBmc = true;
    const opened = await openAt(bmc.port);
    await opened.transport.write(Buffer.from('a'));
    await expect.poll(() => bmc.sol.waiting).toBe(0);
    // The echo and the acknowledgement.
    losing = 2;
    await Promise.all(['b', 'c'].map((text) => opened.transport.write(Buffer.from(text))));
    await expect.poll(() => opened.received().toString()).toBe('abc');
    expect(opened.notices).toEqual([expect.stringContaining('did not acknowledge the last typed characters')]);
  }, 30_000);

  it('a BMC that takes nothing without a refusal is not asked without a pause', async () => {
    const bmc = await start();
    bmc.sol.takes = 0;
    const { transport } = await openAt(bmc.port);
    const typed = transport.write(Buffer.from('x'));
    await pause(1000);
    expect(bmc.sol.packets).toBeLessThan(20);
    bmc.sol.takes = 80;
    await typed;
  });

  it('a machine that is off: a notice, another when it is on, and what was typed arrives', async () => {
    const bmc = await start();
    bmc.sol.isUnavailable = true;
    const { transport, notices, received } = await openAt(bmc.port);
    const typed = transport.write(Buffer.from('root'));
    await expect.poll(() => notices).toEqual([expect.stringContaining('cannot pass characters')]);
    bmc.sol.isUnavailable = false;
    await typed;
    await expect.poll(() => received().toString()).toBe('root');
    const both = [expect.stringContaining('cannot pass characters'), expect.stringContaining('passes characters')];
    await expect.poll(() => notices).toEqual(both);
  });

  it.each([
    ['as in the specification', false],
    ['like OpenBMC', true],
  ])(
    'paused: held here and then by the BMC, delivered in order; a BMC %s',
    async (_case, isLikeOpenBmc) => {
      const bmc = await start();
      bmc.sol.isLikeOpenBmc = isLikeOpenBmc;
      bmc.sol.sendings = 6;
      const { transport, received, notices } = await openAt(bmc.port, { room: 10_000 });
      const text = textOf(30_000);
      transport.pause();
      bmc.sol.print(text);
      await expect.poll(() => bmc.sol.waiting).toBeLessThanOrEqual(20_100);
      await pause(1500);
      expect([received().length, bmc.sol.waiting > 19_900]).toEqual([0, true]);
      transport.resume();
      await expect.poll(() => received().length, { timeout: 20_000 }).toBeGreaterThanOrEqual(text.length);
      expect([sha256(received()), notices]).toEqual([sha256(text), []]);
    },
    40_000,
  );

  it('output that the BMC gave up sending is reported', async () => {
    let isDown = false;
    const bmc = await start({ loses: (_number, direction) => isDown && direction === 'out' });
    bmc.sol.sendings = 2;
    const { notices, received } = await openAt(bmc.port);
    bmc.sol.print(Buffer.from('a'));
    await expect.poll(() => received().toString()).toBe('a');
    isDown = true;
    bmc.sol.print(textOf(160));
    await pause(450);
    isDown = false;
    bmc.sol.print(Buffer.from('z'));
    await expect.poll(() => received().toString()).toBe('az');
    expect(notices).toContainEqual(expect.stringContaining('Output is missing here'));
  });

  it('another session that took over without a word is noticed', async () => {
    const bmc = await start();
    const { closed } = await openAt(bmc.port, { keepAlive: 200 });
    await expect.poll(() => bmc.commands.filter((command) => command === '6/75').length).toBeGreaterThan(1);
    bmc.sol.giveTo({});
    expect(await closed).toMatchObject({ code: 'E_CONSOLE_GONE', message: expect.stringContaining('ended Serial over LAN') as string });
  });

  it('a BMC that does not report whose SOL is stays open', async () => {
    const bmc = await start();
    bmc.sol.giveTo(undefined);
    const opened = await openAt(bmc.port, { keepAlive: 100 });
    bmc.sol.reportsOwner = false;
    await pause(600);
    await echoes(opened, textOf(100));
  });

  it('SOL that is ours although the answer was lost is not “in use”', async () => {
    let lost = 0;
    const bmc: TestBmc = await start({
      loses: (_number, direction) => direction === 'out' && bmc.commands.at(-1) === '6/72' && lost++ === 0,
    });
    await echoes(await openAt(bmc.port), textOf(100));
    expect(lost).toBeGreaterThan(1);
  }, 20_000);

  it.each([0x00, 0x08, 0x04])('alerts over the same port: a BMC that accepts only %i', async (alerts) => {
    const bmc = await start();
    bmc.sol.alerts = alerts;
    await echoes(await openAt(bmc.port), textOf(100));
  });

  it.each([
    [6230, [expect.stringContaining('UDP port 6230')]],
    [623, []],
    [0x6f02, []],
    [0, []],
  ])('a BMC that reports port %i', async (port, expected) => {
    const bmc = await start();
    bmc.sol.port = port;
    expect((await openAt(bmc.port)).notices).toEqual(expected);
  });

  it('a break reaches the machine, and one of the machine is reported', async () => {
    const bmc = await start();
    const { transport, notices } = await openAt(bmc.port);
    await transport.sendBreak();
    expect(bmc.sol.breaks).toBe(1);
    bmc.sol.sendBreakDetected();
    await expect.poll(() => notices).toEqual(['The machine sent a break.']);
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
    await expect(openAt(bmc.port, { timing: { busy: 10 } })).rejects.toMatchObject({ code: error });
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

  it('closing a BMC that is gone takes at most 2 s, for each caller', async () => {
    let isGone = false;
    const bmc = await start({ loses: () => isGone });
    const { transport } = await openAt(bmc.port);
    isGone = true;
    const began = performance.now();
    const ends = [transport.close(), transport.close()].map((closing) => closing.then(() => performance.now() - began));
    const [first = 0, second = 0] = await Promise.all(ends);
    expect(first).toBeLessThan(2500);
    expect(Math.abs(first - second)).toBeLessThan(200);
    expect(second).toBeGreaterThan(400);
  });

  it('a BMC that restarts is noticed, and what was typed fails', async () => {
    const bmc = await start();
    const { transport, closed } = await openAt(bmc.port, { keepAlive: 100, goneAfter: 300, timing: { request: [200, 300] } });
    bmc.forgetSessions();
    await expect(transport.write(Buffer.from('x'))).rejects.toMatchObject({ code: 'E_CONSOLE_GONE' });
    expect(await closed).toMatchObject({ code: 'E_CONSOLE_GONE' });
  });

  it('a network that fails for a while loses nothing', async () => {
    const bmc = await start();
    const opened = await openAt(bmc.port, { keepAlive: 200 });
    const text = textOf(1000);
    let typed = Promise.resolve();
    await bmc.whileUnreachable(async () => {
      typed = opened.transport.write(text.subarray(0, 500));
      bmc.sol.print(text.subarray(500));
      await pause(2500);
    });
    await typed;
    await expect.poll(() => opened.received().length, { timeout: 10_000 }).toBe(1000);
    expect(opened.received().toString()).toContain(text.subarray(500).toString());
    expect(opened.received().toString()).toContain(text.subarray(0, 80).toString());
    expect(bmc.openSessions).toBe(1);
  }, 30_000);

  it('a session that was lost does not count as one of another user', async () => {
    const own = new OwnSessions(systemClock);
    const bmc = await start();
    const { closed } = await openAt(bmc.port, { own, keepAlive: 100, goneAfter: 300 });
    await bmc.whileUnreachable(() => closed);
    expect(bmc.openSessions).toBe(1);
    await expect(openAt(bmc.port)).rejects.toMatchObject({ code: 'E_CONSOLE_BUSY' });
    await echoes(await openAt(bmc.port, { own }), textOf(100));
  }, 30_000);

  it.runIf(hasIpmitool)(
    'is one for ipmitool too',
    async () => {
      const bmc = await start();
      expect(await ipmitool(bmc.port, ['sol', 'deactivate'], { suite: 17 })).toContain('already de-activated');
      // It wants a terminal.
      const command = ipmitoolCommand(bmc.port, ['sol', 'activate'], { suite: 17 }).join(' ');
      const client = spawn('script', ['-qec', command, '/dev/null'], { env: { ...process.env, ...ipmitoolEnv() } });
      let screen = '';
      client.stdout.on('data', (bytes: Buffer) => (screen += bytes.toString()));
      await expect.poll(() => screen, { timeout: 20_000 }).toContain('SOL Session operational');
      let typed = '';
      bmc.sol.onTyped = (characters) => (typed += characters.toString());
      client.stdin.write('uname -a\r');
      await expect.poll(() => typed, { timeout: 10_000 }).toBe('uname -a\r');
      const text = textOf(2000).toString();
      bmc.sol.print(Buffer.from(text));
      await expect.poll(() => screen, { timeout: 10_000 }).toContain(text);
      const ended = new Promise((resolve) => client.once('close', resolve));
      client.stdin.write('\r~.');
      await ended;
      expect(bmc.openSessions).toBe(0);
    },
    60_000,
  );
});

describe.runIf(hasPyghmi)('pyghmi', () => {
  let peer: IpmiPeer;
  beforeAll(async () => {
    peer = await startPyghmi();
  });
  afterAll(() => peer[Symbol.asyncDispose]());

  it('1 MB comes back', async () => {
    await echoes(await openAt(peer.port), textOf(1_048_576), 180_000);
  }, 200_000);
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

  /** Until the simulator has connected to the machine's port, it drops what is typed. */
  async function openAtMachine(options: Partial<SolOptions> = {}): Promise<Opened> {
    const opened = await openAt(sim.port, options);
    await expect
      .poll(
        async () => {
          await opened.transport.write(Buffer.from('\r'));
          return opened.received().length;
        },
        { timeout: 20_000, interval: 500 },
      )
      .toBeGreaterThan(0);
    await pause(1000);
    return opened;
  }

  // 1 MB takes minutes where QEMU emulates: the lab's console-sol-full-ipmi-sim types it.
  it('64 KiB typed at the machine come back', async () => {
    const opened = await openAtMachine();
    const before = opened.received().length;
    const text = textOf(65_536);
    const arrives = expect
      .poll(() => opened.received().length - before, { timeout: 180_000, interval: 100 })
      .toBeGreaterThanOrEqual(text.length);
    await Promise.all([opened.transport.write(text), arrives]);
    expect(sha256(opened.received().subarray(before))).toBe(sha256(text));
    expect(opened.notices).toEqual([]);
  }, 220_000);

  it('paused: output is held here and by the simulator, and arrives in order', async () => {
    const opened = await openAtMachine({ room: 1000 });
    const before = opened.received().length;
    const text = textOf(3000);
    opened.transport.pause();
    const typed = opened.transport.write(text);
    // ipmi_sim gives up a packet after 6 s; what it holds for us it does not.
    await pause(9000);
    expect(opened.received().length).toBe(before);
    opened.transport.resume();
    const arrives = expect
      .poll(() => opened.received().length - before, { timeout: 30_000, interval: 100 })
      .toBeGreaterThanOrEqual(text.length);
    await Promise.all([typed, arrives]);
    expect([sha256(opened.received().subarray(before)), opened.notices]).toEqual([sha256(text), []]);
  }, 60_000);
});
