import type { Settings } from '../../../contract/appliance.ts';
import { BootbenchError } from '../../../contract/errors.ts';
import { overrideFault } from './sentences.ts';

/** Boot file by architecture number, instead of the table's. */
export type ArchOverrides = ReadonlyMap<number, string>;

const MAX_SHOWN = 80;

/** The overrides as the settings have them now, parsed again when their text changed. E_OVERRIDE_SYNTAX. */
export function currentOverrides(
  settings: Pick<Settings, 'ipxeOverrideArchMapping'>,
  catalogueNames: readonly string[],
): () => ArchOverrides {
  let known: { text: string; parsed: ArchOverrides } | undefined;
  return () => {
    const text = settings.ipxeOverrideArchMapping;
    if (known?.text !== text) known = { text, parsed: parseArchOverrides(text, catalogueNames) };
    return known.parsed;
  };
}

/**
 * Reads `<uint16>=<file>[,…]`, spaces allowed around each part; an empty text holds none. E_OVERRIDE_SYNTAX when an
 * entry has no `=`, no number from 0 to 65535, no file of the catalogue, or repeats a number with another file.
 */
export function parseArchOverrides(text: string, catalogueNames: readonly string[]): ArchOverrides {
  const overrides = new Map<number, string>();
  if (text.trim() === '') return overrides;
  for (const entry of text.split(',')) {
    const { arch, file } = parseOverride(entry.trim(), catalogueNames);
    const before = overrides.get(arch);
    if (before !== undefined && before !== file) throw invalid(entry, overrideFault.conflict(arch, before));
    overrides.set(arch, file);
  }
  return overrides;
}

function parseOverride(entry: string, catalogueNames: readonly string[]): { arch: number; file: string } {
  const at = entry.indexOf('=');
  if (at < 0) throw invalid(entry, overrideFault.noEqualsSign);
  const number = entry.slice(0, at).trim();
  const file = entry.slice(at + 1).trim();
  if (!/^[0-9]+$/.test(number)) throw invalid(entry, overrideFault.notANumber(shown(number)));
  const arch = Number(number);
  if (arch > 65535) throw invalid(entry, overrideFault.tooLarge(shown(number)));
  if (!catalogueNames.includes(file)) throw invalid(entry, overrideFault.unknownFile(shown(file), catalogueNames));
  return { arch, file };
}

function invalid(entry: string, fault: string): BootbenchError {
  return new BootbenchError('E_OVERRIDE_SYNTAX', overrideFault.invalid(shown(entry.trim()), fault));
}

function shown(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
