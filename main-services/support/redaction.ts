import { redactor, type Redactor } from '../trust/redact.ts';

const HIDDEN = '•••';

/** A name in which a secret is kept: of a setting, a kernel argument, an option, a member of an object. */
const OTHER_WORDS = 'rootpw|secret|token|credential|authorization|cookie|(?:api|access|private)[-_]?key|[-_]signature';
const WORD = `password|passwd|passphrase|passwort|pass|pwd|${OTHER_WORDS}`;
const SECRET_NAME = new RegExp(`password|passwd|passphrase|pass$|pwd$|(?:^|[_.-])pw$|psk$|${OTHER_WORDS}`, 'i');
const NAME = String.raw`(?:[\w./-]{0,60}(?:${WORD})[\w-]{0,60}|(?:[\w.-]{0,60}[_.-])?(?:pw|psk))`;
/** An option of BMC tools and others, the word after which is a secret. */
const SECRET_OPTION = new RegExp(String.raw`^(?:-P|--?${NAME})$`, 'i');

const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;

/** What to hide in a text, and what to put there; `$1` is what stays before it. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // "password": "…", with backslashes where that JSON is in a string.
  [new RegExp(String.raw`(\\{0,8}["']${NAME}\\*["']\s*:\s*\\*["'])(?:[^"'\\]|\\[^"'\\])+`, 'gi'), `$1${HIDDEN}`],
  // iPXE's set.
  [new RegExp(String.raw`(\bset\s+${NAME}(?::\w+)?\s+)[^\s"']+`, 'gi'), `$1${HIDDEN}`],
  // password="…", with all between the quotation marks.
  [
    new RegExp(String.raw`((?:^|[\s"'?&#;,{(])(?:--)?${NAME}\s*(?:[:=]=|=>?|:(?!\/\/))\s*(\\*)(["']))(?:(?!(?<!\\)\2\3)[^\n])+`, 'gim'),
    `$1${HIDDEN}`,
  ],
  // password=…, password: …, --password …; to the next space, because a password may have any other character.
  [
    new RegExp(
      String.raw`((?:^|[\s"'?&#;,{(])(?:--)?${NAME}(?:\s*(?:%3D|[:=]=|=>?|:(?!\/\/))[^\S\n]*|\t+))(?:(?:bearer|basic)\s+)?(?:[^\s"'\\•]|["'\\](?!["'\\]*(?:[\s,}\])]|$)))+`,
      'gim',
    ),
    `$1${HIDDEN}`,
  ],
  [new RegExp(String.raw`((?:^|\s)--?${NAME}\s+)(?!-)[^\s"']+`, 'gim'), `$1${HIDDEN}`],
  [/([?&](?:sig|key|auth)=)[^\s"'&]+/gi, `$1${HIDDEN}`],
  // Options of one letter.
  [/(\b(?:ipmitool|racadm|sshpass|hponcfg)\b[^\n]*?\s-[pP]\s+)[^\s"']+/g, `$1${HIDDEN}`],
  [/(\bcurl\b[^\n]*?\s(?:-u|--user)\s+)[^\s"']+/g, `$1${HIDDEN}`],
  // Commands of kickstart files and preseed files.
  [/(\brootpw\s+(?:--\w+\s+)*)(?!-)[^\s"']+/gi, `$1${HIDDEN}`],
  [/(\bpasswd\/[\w-]+[\s=]+(?:(?:password|string)\s+)?)[^\s"']+/gi, `$1${HIDDEN}`],
  [/(\b\w{1,100}:)\S{1,200}(?=["']?\s*\|\s*chpasswd\b)/g, `$1${HIDDEN}`],
  // <Password>…</Password> of an answer file.
  [/(<((?:\w+:)?\w*password\w*)>)[\s\S]*?(?=<\/\2>)/gi, `$1${HIDDEN}`],
  [/\b((?:bearer|basic|digest)\s+)(?=[\w+/=.~-]*\d)[\w+/=.~-]{8,}/gi, `$1${HIDDEN}`],
  [/\b(bearer\.)[\w+/=~-]{8,}/gi, `$1${HIDDEN}`],
  // https://user:password@host; the password may have @ and, against the standard, a slash.
  [/\b([a-z][a-z0-9+.-]{0,30}:\/\/)(?:[^\s/"'<>]{1,300}|[^\s/@:"'<>]{1,100}:(?!\d+\/)[^\s@"'<>]{1,200})@/gi, `$1${HIDDEN}@`],
  [/(%3A%2F%2F)[^\s%"']+%3A\S+?%40/gi, `$1${HIDDEN}%40`],
  // user:password@host without a scheme, as in netroot=iscsi:user:password@host and //user:password@host.
  [/([^\s"'=@/:•]{1,100}:)(?!\/)[^\s"'@/]{1,200}@(?=[\w[.])/g, `$1${HIDDEN}@`],
  // The token of a view or of a config gives access to its contents.
  [
    /(\/(?:iso|iso-files|config)\/(?:[0-9a-f]{2}(?:[-:][0-9a-f]{2}){5}\/)?)(?!(?:[0-9a-f]{2}[-:]){5})(?=[\w-]*\d)[\w-]{12,}(?=[/\s"'?\\]|$)/gim,
    `$1${HIDDEN}`,
  ],
  // crypt(3), as kickstart and preseed files have it, and encrypted values of this program.
  [/\$(?:1|2[aby]?|5|6|7|y|gy)\$[\w./$=,]{8,}/g, HIDDEN],
  [/\b[kp]1\.[\w-]{40,}/g, HIDDEN],
  // Access tokens by their form: of GitHub, GitLab and AWS, and JSON web tokens.
  [/\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{8,}|AKIA[0-9A-Z]{16}|eyJ[\w-]{10,}\.[\w-]{8,}(?:\.[\w-]*)?)/g, HIDDEN],
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
    if (Array.isArray(given)) return given.map((item, at) => (isSecretOption(given[at - 1]) ? HIDDEN : value(item)));
    if (typeof given !== 'object' || given === null) return given;
    if (isNamedSecret(given)) return { ...given, value: HIDDEN };
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

/** `--password` or `-P` in a list of arguments, which the secret follows. */
function isSecretOption(item: unknown): boolean {
  return typeof item === 'string' && SECRET_OPTION.test(item);
}

/** A pair such as `{ name: 'password', value: … }`. */
function isNamedSecret(given: object): boolean {
  const { name, key, value } = given as Partial<Record<'name' | 'key' | 'value', unknown>>;
  return value !== undefined && [name, key].some((item) => typeof item === 'string' && isHidden(item, value));
}
