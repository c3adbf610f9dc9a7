import type { BmcIdentity, BootDevice, Health, PowerState } from '../../../contract/bmc.ts';
import type { Clock, Log } from '../../../contract/runtime.ts';
import { UNGUARDED, type LoginGuard } from '../protocol.ts';
import type { BmcProvider, BootOverride } from '../provider.ts';
import { clearOverride, readOverride, setBootOnce } from './boot-override.ts';
import { IPMI_BOOT_DEVICES } from './boot-flags.ts';
import { healthOf } from './chassis.ts';
import { COMMAND, COMPLETION, CONTROL, type Command } from './wire/codes.ts';
import { decodeDeviceId, type DeviceId } from './device-id.ts';
import { uuidOf } from './guid.ts';
import { openSession, shownBmc } from './wire/open-session.ts';
import { control, readChassis, switchPower } from './power.ts';
import {
  alreadyOff,
  malformedReply,
  noBootOverride,
  noLed,
  noMedia,
  noSuchDevice,
  powerUnchanged,
  systemStillOn,
  tooLong,
} from './sentences.ts';
import { refusedCommand } from './wire/sentences.ts';
import { SessionKeeper } from './wire/session-keeper.ts';
import type { Session } from './wire/session.ts';
import type { SuiteId } from './wire/suites.ts';
import { IPMI_TIMING, type IpmiTiming } from './wire/timing.ts';

export interface IpmiOptions {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** The cipher suite that worked last time. */
  readonly suite?: SuiteId | undefined;
  /** Around every call: what the BMC rejected before is not sent again. */
  readonly guard?: LoginGuard | undefined;
  /** Called with the suite that opened a session, each time. */
  readonly rememberSuite?: (suite: SuiteId) => void;
  readonly clock: Clock;
  readonly log: Log;
  readonly timing?: Partial<IpmiTiming>;
  /** Where to send from; chosen by the system unless said. */
  readonly bindAddress?: string;
}

/** §22.28 and §13.31. */
const LONGEST_NAME = 16;
const LONGEST_PASSWORD = 20;

/** A BMC over IPMI 2.0: power, the next boot device, faults of the chassis and the LED; no virtual media. */
export function openIpmi(options: IpmiOptions): BmcProvider {
  const { host, port, clock, guard = UNGUARDED } = options;
  const bmc = shownBmc(host, port);
  const timing = { ...IPMI_TIMING, ...options.timing };
  let suite = options.suite;
  const rememberSuite = (worked: SuiteId): void => {
    suite = worked;
    options.rememberSuite?.(worked);
  };
  const keeper = new SessionKeeper((signal) => openSession({ ...options, suite, rememberSuite, timing }, signal), clock, timing.idle);

  const use = <T>(work: (session: Session) => Promise<T>, signal: AbortSignal | undefined): Promise<T> =>
    guard(async () => {
      checkLength('name', options.username, LONGEST_NAME);
      checkLength('password', options.password, LONGEST_PASSWORD);
      return keeper.use(work, signal);
    });
  const unsupported = (): Promise<never> => Promise.reject(noMedia(bmc));

  const turn = (session: Session, goal: 'on' | 'off', signal: AbortSignal | undefined): Promise<void> => {
    const late = (shown: PowerState) => powerUnchanged(bmc, goal, timing.power / 1000, shown);
    return switchPower(session, { goal, directive: CONTROL[goal], clock, deadline: timing.power, poll: timing.poll, late }, signal);
  };

  return {
    identify: (signal) => use((session) => identify(session, signal), signal),
    checkPlan: ({ url, boot }) => {
      if (url !== undefined) return unsupported();
      return boot && !IPMI_BOOT_DEVICES.includes(boot.device) ? Promise.reject(noSuchDevice(bmc)) : Promise.resolve();
    },
    powerStatus: (signal) => use(async (session) => (await readChassis(session, signal)).power, signal),
    powerOn: (signal) => use((session) => turn(session, 'on', signal), signal),
    powerOff: (signal) => use((session) => turn(session, 'off', signal), signal),
    gracefulOff: (timeoutMs, signal) =>
      use((session) => {
        const late = () => systemStillOn(bmc, timeoutMs / 1000);
        const switching = { goal: 'off', directive: CONTROL.softOff, clock, deadline: timeoutMs, poll: timing.poll, late } as const;
        return switchPower(session, switching, signal);
      }, signal),
    powerCycle: (signal) =>
      use(async (session) => {
        await turn(session, 'off', signal);
        await turn(session, 'on', signal);
      }, signal),
    reset: (signal) => use((session) => reset(session, signal), signal),
    slots: unsupported,
    insert: unsupported,
    ejectAll: unsupported,
    bootOnce: (device, { efi }, signal) => use((session) => setBootOnce(session, device, efi, signal), signal),
    clearBoot: (signal) => use((session) => clearOverride(session, signal), signal),
    bootOverride: (signal) => use((session) => bootOverride(session, signal), signal),
    health: (signal) => use(async (session): Promise<Health> => healthOf(await readChassis(session, signal)), signal),
    identifyLed: (on, signal) => use((session) => switchLed(session, on, signal), signal),
    serialConsole: (signal) => use(async (session) => ({ vendor: (await deviceOf(session, signal)).vendor }), signal),
    warnings: () => Promise.resolve([]),
    close: () => keeper.close(),
  };
}

function checkLength(what: 'name' | 'password', text: string, limit: number): void {
  const length = Buffer.byteLength(text);
  if (length > limit) throw tooLong(what, limit, length);
}

async function identify(session: Session, signal: AbortSignal | undefined): Promise<BmcIdentity> {
  const device = await deviceOf(session, signal);
  const uuid = await systemUuid(session, signal);
  const override = await readOverride(session, signal);
  const bootDevices: readonly BootDevice[] = override ? IPMI_BOOT_DEVICES : [];
  return {
    protocol: 'ipmi',
    vendor: device.vendor,
    bmcFirmware: device.firmware,
    ...(uuid === undefined ? {} : { uuid }),
    macs: [],
    media: false,
    bootDevices: [...bootDevices],
    powerActions: ['on', 'off', 'graceful-off', 'cycle', 'reset'],
  };
}

async function deviceOf(session: Session, signal: AbortSignal | undefined): Promise<DeviceId> {
  const device = decodeDeviceId(await ask(session, COMMAND.deviceId, signal));
  if (!device) throw malformedReply(session.bmc, COMMAND.deviceId);
  return device;
}

/** The one of the command, or of the handshake where the BMC does not know the command. */
async function systemUuid(session: Session, signal: AbortSignal | undefined): Promise<string | undefined> {
  const { completion, data } = await session.request(COMMAND.systemGuid, undefined, signal);
  return uuidOf(completion === COMPLETION.ok ? data : session.guid);
}

async function bootOverride(session: Session, signal: AbortSignal | undefined): Promise<BootOverride> {
  const override = await readOverride(session, signal);
  if (!override) throw noBootOverride(session.bmc, COMPLETION.parameterNotSupported);
  return override;
}

async function reset(session: Session, signal: AbortSignal | undefined): Promise<void> {
  const { power } = await readChassis(session, signal);
  if (power === 'off') throw alreadyOff(session.bmc);
  const completion = await control(session, CONTROL.reset, signal);
  if (completion !== COMPLETION.ok) throw refusedCommand(session.bmc, COMMAND.chassisControl, completion);
}

/** Until further notice, or for as long as BMCs of IPMI 1.5 can: 255 seconds. */
async function switchLed(session: Session, on: boolean, signal: AbortSignal | undefined): Promise<void> {
  const forever = await session.request(COMMAND.chassisIdentify, on ? Uint8Array.of(0, 1) : Uint8Array.of(0), signal);
  if (forever.completion === COMPLETION.ok) return;
  const { completion } = on ? await session.request(COMMAND.chassisIdentify, Uint8Array.of(0xff), signal) : forever;
  if (completion !== COMPLETION.ok) throw noLed(session.bmc, completion);
}

async function ask(session: Session, command: Command, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const { completion, data } = await session.request(command, undefined, signal);
  if (completion !== COMPLETION.ok) throw refusedCommand(session.bmc, command, completion);
  return data;
}
