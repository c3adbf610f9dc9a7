import type { SshPreset } from '../../../contract/console-url.ts';

/** How a BMC's SSH server gives its serial console. */
export interface SshEntry {
  readonly port: number;
  /** Typed at the BMC's prompt; undefined: the console is there after login. */
  readonly command: string | undefined;
  /** Typed first, to end another user's session. */
  readonly takeOver: string | undefined;
  /** Keys that leave the console, so that the BMC does not keep the session. */
  readonly leave: string;
}

/**
 * By what vendors' manuals and dsx-ai-factory/infra-controller#2919 say. OpenBMC serves the console on a port of its own and to several
 * clients (openbmc docs/console.md). iDRAC ends its console with Ctrl-\, iLO and XCC with ESC (, Supermicro with Enter, Esc, T.
 */
export const SSH_ENTRIES: Readonly<Record<SshPreset, SshEntry>> = {
  idrac: { port: 22, command: 'console com2', takeOver: undefined, leave: '\x1c' },
  ilo: { port: 22, command: 'vsp', takeOver: undefined, leave: '\x1b(' },
  supermicro: { port: 22, command: 'cd system1/sol1; start', takeOver: 'stop system1/sol1', leave: '\r\x1bT' },
  xcc: { port: 22, command: 'console 1', takeOver: 'console kill 1', leave: '\x1b(' },
  openbmc: { port: 2200, command: undefined, takeOver: undefined, leave: '\r~.' },
  none: { port: 22, command: undefined, takeOver: undefined, leave: '' },
};

/** Vendors as BMCs name themselves (Redfish Manufacturer, IPMI's enterprise number). */
const PRESET_BY_VENDOR: readonly { readonly vendor: RegExp; readonly preset: SshPreset }[] = [
  { vendor: /dell|idrac/i, preset: 'idrac' },
  { vendor: /^hpe?\b|hewlett|ilo/i, preset: 'ilo' },
  { vendor: /super\s?micro/i, preset: 'supermicro' },
  { vendor: /lenovo|xcc/i, preset: 'xcc' },
  { vendor: /openbmc/i, preset: 'openbmc' },
];

/** What the BMC's Redfish service reports of its console over SSH (ComputerSystem.SerialConsole.SSH, DSP0268). */
export interface ReportedSsh {
  readonly port?: number;
  readonly command?: string;
}

export interface EntryChoice {
  readonly preset: SshPreset | undefined;
  /** The port of the console's URL. */
  readonly port: number | undefined;
  readonly vendor: string | undefined;
  readonly reported: ReportedSsh | undefined;
}

/** The URL's own port > what the BMC reports > the preset of the URL > the vendor's preset. A preset of the URL sets the command. */
export function chooseEntry({ preset, port, vendor, reported }: EntryChoice): SshEntry {
  const byVendor = PRESET_BY_VENDOR.find((entry) => entry.vendor.test(vendor ?? ''))?.preset;
  const entry = SSH_ENTRIES[preset ?? byVendor ?? 'none'];
  const command = preset === undefined ? (reported?.command ?? entry.command) : entry.command;
  return { ...entry, command, port: port ?? (preset === undefined ? reported?.port : undefined) ?? entry.port };
}
