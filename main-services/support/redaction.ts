import { redactor, type Redactor } from '../trust/redact.ts';

const HIDDEN = '•••';

/** A name in which a secret is kept: of a setting, a kernel argument, an option, a member of an object. */
const SECRET_NAME = /pass(?:word|wd|phrase)?$|rootpw|secret|token|credential|authorization|cookie|api-?key|private-?key|^psk$/i;
const NAME = String.raw`[\w.-]*(?:password|passwd|passphrase|pass|rootpw|secret|token|credential|authorization|cookie|api-?key|private-?key)[\w-]*`;

const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;

/** What to hide in a text, and what to put there; `$1` is what stays before it. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // "password": "…", with backslashes where that JSON is in a string.
  [new RegExp(String.raw`(\\*["']${NAME}\\*["']\s*:\s*\\*["'])(?:[^"'\\]|\\[^"'\\])+`, 'gi'), `$1${HIDDEN}`],
  // password=…, password: …, --password …
  [
    new RegExp(String.raw`((?:^|[\s"'?&#;,{(])(?:--)?${NAME}\s*(?:=|:(?!\/\/))\s*\\*["']?)(?:(?:bearer|basic)\s+)?[^\s"'&,;)}\\]+`, 'gim'),
    `$1${HIDDEN}`,
  ],
  [new RegExp(String.raw`((?:^|\s)--?${NAME}\s+)(?!-)[^\s"']+`, 'gim'), `$1${HIDDEN}`],
  [/\b((?:bearer|basic|digest)\s+)(?=[\w+/=.~-]*\d)[\w+/=.~-]{8,}/gi, `$1${HIDDEN}`],
  [/\b(bearer\.)[\w+/=~-]{8,}/gi, `$1${HIDDEN}`],
  // https://user:password@host
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@"'<>]+@/gi, `$1${HIDDEN}@`],
  // Whoever has the token of a view or of a config may read what is in it.
  [
    /(\/(?:iso|iso-files|config)\/(?:[0-9a-f]{2}(?:[-:][0-9a-f]{2}){5}\/)?)(?!(?:[0-9a-f]{2}[-:]){5})(?=[\w-]*\d)[\w-]{12,}(?=[/\s"'?\\]|$)/gim,
    `$1${HIDDEN}`,
  ],
  // crypt(3), as kickstart and preseed files have it, and encrypted values of this program.
  [/\$(?:1|2[aby]?|5|6|7|y|gy)\$[\w./$=,]{8,}/g, HIDDEN],
  [/\b[kp]1\.[\w-]{40,}/g, HIDDEN],
  [PRIVATE_KEY, HIDDEN],
];

/** Takes secrets out of what goes into a support bundle: those that are known, and whatever looks like one. */
export interface Redaction {
  text(text: string): string;
  /** At any depth; a member with the name of a secret has no value left. */
  value(value: unknown): unknown;
  /** Lines of text or of JSON. */
  lines(text: string): string;
}

export function supportRedaction(known: readonly string[], handled: Pick<Redactor, 'text'> = redactor()): Redaction {
  const hide = redactor();
  for (const secret of known) hide.add(secret.trim());
  const text = (given: string): string =>
    PATTERNS.reduce((result, [pattern, instead]) => result.replace(pattern, instead), handled.text(hide.text(given)));
  const value = (given: unknown): unknown => {
    if (typeof given === 'string') return text(given);
    if (Array.isArray(given)) return given.map(value);
    if (typeof given !== 'object' || given === null) return given;
    return Object.fromEntries(Object.entries(given).map(([key, item]) => [text(key), isHidden(key, item) ? HIDDEN : value(item)]));
  };
  const line = (given: string): string => {
    try {
      return JSON.stringify(value(JSON.parse(given)));
    } catch {
      return text(given);
    }
  };
  return { text, value, lines: (given) => given.replace(PRIVATE_KEY, HIDDEN).split('\n').map(line).join('\n') };
}

function isHidden(key: string, value: unknown): boolean {
  return SECRET_NAME.test(key) && value !== null && typeof value !== 'boolean';
}
