import type { ConfigFormat } from '../../../contract/inventory.ts';
import type { LintFinding } from '../../../contract/views.ts';
import { lintProfile, lintUnattend } from './answer-files.ts';
import { lintUserData } from './cloud-init.ts';
import { error, placeAt, warning, type Found, type Linter } from './finding.ts';
import { lintIgnition } from './ignition.ts';
import { lintIpxe } from './ipxe.ts';
import { parseJson } from './json.ts';
import { lintKickstart } from './kickstart.ts';
import { maskFields } from './mask.ts';
import { lintPreseed } from './preseed.ts';
import { BYTE_ORDER_MARK, INTERPRETER_NOT_FOUND, NOT_UTF8, tooLargeToCheck } from './sentences.ts';
import { lintXml } from './xml.ts';
import { lintYaml } from './yaml.ts';

/** How a format's own files are recognised by name, and checked. */
const OWN: Record<ConfigFormat, { names: RegExp; lint: Linter } | undefined> = {
  ignition: { names: /\.ign$/i, lint: lintIgnition },
  kickstart: { names: /\.(?:cfg|ks)$/i, lint: lintKickstart },
  preseed: { names: /\.(?:cfg|preseed|seed)$/i, lint: lintPreseed },
  autoinstall: { names: /^user-data$/i, lint: lintUserData },
  autoyast: { names: /^(?!rules\.xml$).*\.xml$/i, lint: lintProfile },
  autounattend: { names: /^(?:auto)?unattend\.xml$/i, lint: lintUnattend },
  ipxe: { names: /\.ipxe$/i, lint: lintIpxe },
  other: undefined,
};

/** How other files are recognised, in every format. */
const COMMON: readonly { names: RegExp; lint: Linter }[] = [
  { names: /\.json$/i, lint: (text) => parseJson(text).findings },
  { names: /\.ya?ml$|^(?:meta-data|network-config)$/i, lint: lintYaml },
  { names: /\.xml$/i, lint: lintXml },
  { names: /\.ign$/i, lint: lintIgnition },
  { names: /\.ipxe$/i, lint: lintIpxe },
];

/** Characters that are checked in one call, so that the services are not blocked; those of YAML, which parses slowly, count as more. */
const MAX_CHARACTERS = 256 * 1024;
const YAML_COST = 8;
const MAX_FINDINGS = 200;

/** What a config's files have in them that their format does not allow, or that is probably not meant, by file and line. */
export function lintConfig(format: ConfigFormat, files: Readonly<Record<string, string>>): LintFinding[] {
  const names = Object.keys(files).sort();
  let left = MAX_CHARACTERS;
  return names
    .flatMap((file) => {
      const text = files[file] ?? '';
      const lint = linterFor(format, file, names.length === 1);
      const cost = text.length * (lint === lintYaml || lint === lintUserData ? YAML_COST : 1);
      if (cost > left) return [{ file, ...tooLarge(text.length) }];
      left -= cost;
      const found = lintFile(text, lint);
      return found.sort((a, b) => a.line - b.line).map((each) => ({ file, ...each }));
    })
    .slice(0, MAX_FINDINGS);
}

function tooLarge(characters: number): Found {
  const kib = Math.ceil(characters / 1024);
  return warning({ line: 1 }, tooLargeToCheck(kib, MAX_CHARACTERS / 1024, MAX_CHARACTERS / 1024 / YAML_COST));
}

function linterFor(format: ConfigFormat, file: string, alone: boolean): Linter | undefined {
  const own = OWN[format];
  if (own?.names.test(file) === true) return own.lint;
  const common = COMMON.find(({ names }) => names.test(file));
  return common?.lint ?? (alone ? own?.lint : undefined);
}

function lintFile(text: string, lint: Linter | undefined): Found[] {
  const { masked, findings } = maskFields(text);
  const plain = masked.replace(/^\u{feff}/u, '');
  return [...byteOrderMark(masked), ...notText(masked), ...findings, ...interpreterLine(plain), ...(lint?.(plain) ?? [])];
}

/** XML alone allows it. */
function byteOrderMark(text: string): Found[] {
  if (!text.startsWith('\u{feff}') || text.startsWith('\u{feff}<')) return [];
  return [warning({ line: 1, column: 1 }, BYTE_ORDER_MARK)];
}

/** A browser reads a dropped file as UTF-8 and puts U+FFFD where that fails, so the byte is lost: a file in Latin-1, UTF-16 or no text at all. */
function notText(text: string): Found[] {
  const at = text.search(/[\0\ufffd]/);
  if (at < 0) return [];
  return [error(placeAt(text, at), NOT_UTF8)];
}

/** Linux looks for an interpreter whose name ends in CR; iPXE takes its own line either way. */
function interpreterLine(text: string): Found[] {
  if (!/^#!(?!ipxe\b)[^\n]*\r\n/.test(text)) return [];
  return [error({ line: 1 }, INTERPRETER_NOT_FOUND)];
}
