import type { Dispatcher } from 'undici';
import { asBootbenchError } from '../../../contract/errors.ts';
import type { Clock, Log } from '../../../contract/runtime.ts';
import { UNGUARDED, type LoginGuard } from '../protocol.ts';
import type { BmcProvider } from '../provider.ts';
import type { Machine, Quirks, RedfishContext } from './machine.ts';
import * as boot from './boot-override.ts';
import { checkPlan } from './check-plan.ts';
import { RedfishClient } from './http/client.ts';
import { discover } from './discovery.ts';
import { health } from './health.ts';
import { identifyLed } from './identify-led.ts';
import { identity } from './identity.ts';
import { ejectAll } from './media/eject.ts';
import { insert } from './media/insert.ts';
import { shownSlots } from './media/own-media.ts';
import { mustBeOwn } from './own-paths.ts';
import * as power from './power.ts';
import { serialConsole } from './serial-console.ts';
import { requestCancelled } from './http/sentences.ts';
import type { Wanted } from './systems.ts';
import { REDFISH_TIMING, type RedfishTiming } from './http/timing.ts';
import { Transport } from './http/transport.ts';

export interface RedfishOptions {
  /** http:// or https:// with host and port. */
  readonly baseUrl: string;
  readonly username: string;
  readonly password: string;
  /** Pins the certificate. Without one, only certificates that the system trusts are accepted. */
  readonly dispatcher?: Dispatcher;
  /** In place of one of its own: shared by the hosts of one BMC, and closed by its giver. */
  readonly transport?: Transport;
  /** The path of the System that the address names, such as /redfish/v1/Systems/1. */
  readonly system?: string | undefined;
  /** The host’s machine as it is known now; asked each time that the machine is looked for. */
  readonly wanted?: () => Wanted | undefined;
  /** Around every call: what the BMC rejected before is not sent again. */
  readonly guard?: LoginGuard | undefined;
  /** In place of those that the BMC’s vendor asks for. */
  readonly quirks?: Quirks;
  readonly clock: Clock;
  readonly log: Log;
  readonly timing?: Partial<RedfishTiming>;
}

/** One BMC that speaks Redfish. What it is, is detected by the first call and remembered. */
export function openRedfish(options: RedfishOptions): BmcProvider {
  const timing = { ...REDFISH_TIMING, ...options.timing };
  const transport = options.transport ?? new Transport({ ...options, timing });
  const client = new RedfishClient({ transport, clock: options.clock, timing });
  let known: Machine | undefined;
  const inserted = new Set<string>();

  const { guard = UNGUARDED } = options;

  const attempt = async <T>(signal: AbortSignal | undefined, step: (context: RedfishContext) => Promise<T>, more: number): Promise<T> => {
    const call = client.forCall(timing.call + more);
    try {
      known ??= await discover(call, { wanted: options.wanted?.(), named: options.system, signal }, options.quirks);
      const machine = known;
      call.guardChanges((path) => mustBeOwn(machine, path));
      return await step({ client: call, machine, signal, inserted });
    } catch (error) {
      throw signal?.aborted === true ? requestCancelled(error) : call.withDocument(asBootbenchError(error));
    }
  };

  const run = <T>(
    signal: AbortSignal | undefined,
    step: (context: RedfishContext) => Promise<T>,
    { more = 0 }: { more?: number } = {},
  ): Promise<T> => guard(() => attempt(signal, step, more));

  return {
    identify: (signal) => {
      known = undefined;
      return run(signal, (context) => identity(context, options.wanted?.()?.facts.macs ?? []));
    },
    checkPlan: (plan, signal) => run(signal, (context) => checkPlan(context, plan)),
    powerStatus: (signal) => run(signal, power.powerState),
    powerOn: (signal) => run(signal, power.powerOn),
    powerOff: (signal) => run(signal, power.powerOff),
    gracefulOff: (timeoutMs, signal) => run(signal, (context) => power.gracefulOff(context, timeoutMs), { more: timeoutMs }),
    powerCycle: (signal) => run(signal, power.powerCycle),
    reset: (signal) => run(signal, power.reset),
    slots: (signal) => run(signal, shownSlots),
    insert: (url, signal) => run(signal, (context) => insert(context, url)),
    ejectAll: (signal) => run(signal, ejectAll),
    bootOnce: (device, { efi }, signal) => run(signal, (context) => boot.bootOnce(context, device, efi)),
    clearBoot: (signal) => run(signal, boot.clearBoot),
    bootOverride: (signal) => run(signal, boot.bootOverride),
    health: (signal) => run(signal, health),
    identifyLed: (on, signal) => run(signal, (context) => identifyLed(context, on)),
    serialConsole: (signal) => run(signal, serialConsole),
    warnings: () => Promise.resolve([...client.troubles.values()]),
    close: () => (options.transport ? Promise.resolve() : transport.close()),
  };
}
