import type { BmcIdentity, BootDevice, Health, MediaSlot, PowerState } from '../../contract/bmc.ts';

/** An inserted medium, and who says so. */
export interface Inserted {
  readonly slot: MediaSlot;
  /** By which way: the standard action, a PATCH of the slot, or the vendor's own. */
  readonly how: 'action' | 'patch' | 'oem';
}

/** What a boot override reads back as. */
export interface BootOverride {
  readonly device: BootDevice | undefined;
  readonly once: boolean;
  readonly efi: boolean | undefined;
}

/** What a BMC reports of the machine's serial console. */
export interface SerialConsoleReport {
  /** As the BMC names its maker. */
  readonly vendor: string;
  /** Absent where the BMC reports no console over SSH; it may have one nevertheless. */
  readonly ssh?: { readonly port?: number; readonly command?: string };
}

/** What a job is going to ask of a BMC. */
export interface BootPlan {
  /** To be inserted. */
  readonly url: string | undefined;
  readonly boot:
    | { readonly device: BootDevice; readonly efi: boolean; /** The image does not boot by the other mode. */ readonly onlyMode: boolean }
    | undefined;
  readonly power: readonly ('on' | 'off')[];
  /** Whether the BMC's media service may be made ready for it; a mere look changes nothing. */
  readonly prepare: boolean;
}

/**
 * One host's BMC, whatever it speaks. Every call can be cancelled and throws BootbenchError only: E_BMC_UNREACHABLE, E_BMC_AUTH,
 * E_BMC_CERTIFICATE (nothing secret was sent), E_BMC_UNSUPPORTED, E_BMC_BUSY, E_BMC_REFUSED with the BMC's own words, E_CANCELLED.
 * Calls resolve when the BMC shows the effect, not when it accepted the request; waiting ends with E_BMC_TIMEOUT.
 */
export interface BmcProvider {
  identify(signal?: AbortSignal): Promise<BmcIdentity>;
  /** Whether the BMC offers all of it, by what it shows; nothing is done to the machine. E_BMC_UNSUPPORTED, E_BMC_BUSY. */
  checkPlan(plan: BootPlan, signal?: AbortSignal): Promise<void>;
  powerStatus(signal?: AbortSignal): Promise<PowerState>;
  powerOn(signal?: AbortSignal): Promise<void>;
  /** At once. Off already is fine. */
  powerOff(signal?: AbortSignal): Promise<void>;
  /** Asks the system to shut down; E_BMC_TIMEOUT when it does not. */
  gracefulOff(timeoutMs: number, signal?: AbortSignal): Promise<void>;
  /** Off, verified, then on. An off machine is powered on. */
  powerCycle(signal?: AbortSignal): Promise<void>;
  reset(signal?: AbortSignal): Promise<void>;
  /** Every slot that could hold a CD. E_BMC_UNSUPPORTED for BMCs without virtual media. */
  slots(signal?: AbortSignal): Promise<MediaSlot[]>;
  insert(url: string, signal?: AbortSignal): Promise<Inserted>;
  /** Every CD slot is empty afterwards. */
  ejectAll(signal?: AbortSignal): Promise<void>;
  bootOnce(device: BootDevice, options: { efi: boolean }, signal?: AbortSignal): Promise<{ readBack: BootOverride; note?: string }>;
  clearBoot(signal?: AbortSignal): Promise<void>;
  bootOverride(signal?: AbortSignal): Promise<BootOverride>;
  health(signal?: AbortSignal): Promise<Health>;
  /** E_BMC_UNSUPPORTED where there is no LED to light. */
  identifyLed(on: boolean, signal?: AbortSignal): Promise<void>;
  serialConsole(signal?: AbortSignal): Promise<SerialConsoleReport>;
  /** What the BMC could not show when it was looked at, a sentence each. */
  warnings(): Promise<string[]>;
  /** Ends sessions; the provider can be used again. */
  close(): Promise<void>;
}
