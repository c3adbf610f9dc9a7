import type { PowerState } from '../../contract/bmc.ts';

/** What is known when a step is about to start the machine. */
export interface StartFacts {
  readonly step: 'power-on' | 'power-cycle';
  /** An earlier try, or a Bootbench that was killed, may have sent the request already. */
  readonly isRepeated: boolean;
  readonly power: PowerState;
  /** The machine itself was active since the step first started. */
  readonly wasActive: boolean;
  /** Its medium was read since then, by the machine or by its BMC. */
  readonly wasRead: boolean;
  /** The BMC reports the boot override that the job set. */
  readonly hasOverride: boolean;
}

/**
 * `started`: it has started already. `wait`: it is on, or its power is still changing to on; nothing is sent. `on`, `cycle`: what to request;
 * `override`: after setting the boot override again, which an earlier start has used up.
 */
export interface Start {
  readonly action: 'started' | 'wait' | 'on' | 'cycle';
  readonly override: boolean;
}

/** No machine is started twice because an answer was lost. A boot override is never set while the machine starts: its next boot would use it. Pure. */
export function decideStart({ step, isRepeated, power, wasActive, wasRead, hasOverride }: StartFacts): Start {
  if (!isRepeated) return { action: step === 'power-on' ? 'on' : 'cycle', override: false };
  if (wasActive) return { action: 'started', override: false };
  if (power === 'turning-on' || (power === 'on' && step === 'power-on')) return { action: 'wait', override: false };
  // The medium was read by a boot, not by the BMC alone: it may have installed, and has gone off since.
  if (power === 'off' && wasRead && !hasOverride) return { action: 'started', override: false };
  // What can only be off after the step’s own request needs no second one.
  const isOff = power === 'off' || power === 'turning-off';
  return { action: step === 'power-on' || isOff ? 'on' : 'cycle', override: !hasOverride && power !== 'unknown' };
}
