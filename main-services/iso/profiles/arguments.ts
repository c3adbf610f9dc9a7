import type { BootMethod, ImageIndex } from '../../../contract/inventory.ts';
import type { ArgumentLine, ArgumentOrigin, ArgumentPart } from '../../../contract/views.ts';
import { MAX_COMMAND_LINE } from '../bootconfig/arguments.ts';
import { argumentWords } from '../bootconfig/argument-lexer.ts';
import { consoleWords, type HostConsole } from './console.ts';
import { deliverOf, filledWords, mediaName, wayOf, type ArgumentContext, type Deliver } from './deliver.ts';
import { networkWords } from './kernel-boot.ts';
import type { OsProfile, Words } from './types.ts';

type Said = ReadonlyMap<string, ArgumentOrigin>;

export interface ArgumentsInput {
  readonly profile: OsProfile;
  readonly index: ImageIndex;
  readonly world: ArgumentContext;
  readonly deliver?: Deliver;
  /** Without a medium the system needs to be told where its files are. Default: virtual media. */
  readonly method?: BootMethod;
  readonly console?: HostConsole;
  /** Rendered texts. */
  readonly imageArgs?: string;
  readonly interfaceArgs?: string;
  readonly hostArgs?: string;
}

const PEOPLE: Readonly<Record<'image' | 'interface' | 'host', string>> = {
  image: 'The image says so.',
  interface: 'The host’s interface says so.',
  host: 'The host’s assignment says so.',
};

/**
 * A host's kernel arguments by origin, in the order of the command line. What the profile, the config or the console would say is
 * left out where people say it themselves (same name before `=`); what people say is never left out.
 */
export function argumentParts(input: ArgumentsInput): ArgumentPart[] {
  const said = (['image', 'interface', 'host'] as const).map((from) => ({
    from,
    words: argumentWords(input[`${from}Args`] ?? ''),
    reason: PEOPLE[from],
  }));
  const byPeople = new Map(said.flatMap(({ from, words }) => words.map((word) => [keyOf(word), from] as const)));
  const console = withoutSaid('console', consoleWords(input), byPeople);
  const config = withoutSaid('config', configWords(input, byPeople), byPeople);
  const known = new Map([
    ...[config, console].flatMap(({ from, words }) => words.map((word) => [keyOf(word), from] as const)),
    ...byPeople,
  ]);
  const profile = withoutSaid('profile', profileWords(input), known);
  const spoken = said.filter(({ words }) => words.length > 0);
  return [...[profile, config, console].filter(({ words, reason: why }) => words.length > 0 || why !== ''), ...spoken];
}

/** The parts as one line, with its length, how long it may be in this ISO, and what stands against it. */
export function finalArguments(parts: readonly ArgumentPart[], index?: ImageIndex): ArgumentLine {
  const line = parts.flatMap(({ words }) => words).join(' ');
  const bytes = Buffer.byteLength(line);
  const problems: string[] = [];
  if (bytes > MAX_COMMAND_LINE)
    problems.push(
      `The arguments have ${bytes} bytes, ${bytes - MAX_COMMAND_LINE} more than the ${MAX_COMMAND_LINE} that boot loaders take.`,
    );
  return { parts: [...parts], line, bytes, limit: Math.min(MAX_COMMAND_LINE, areaRoom(index)), problems };
}

/** A CoreOS ISO has areas of a fixed size; its own arguments, a space, and the character that ends them are in there, too. */
function areaRoom(index: ImageIndex | undefined): number {
  const kargs = index?.coreos?.kargs;
  return kargs ? Math.max(0, kargs.size - Buffer.byteLength(`${kargs.default} \n`)) : Number.POSITIVE_INFINITY;
}

function keyOf(word: string): string {
  return /^[^=]*/.exec(word)?.[0] ?? word;
}

/** Leaves the words out that are said further right, and says so. */
function withoutSaid(from: ArgumentOrigin, { words, reason: why }: Words, said: Said): ArgumentPart {
  const out = words.filter((word) => said.has(keyOf(word)));
  if (out.length === 0) return { from, words: [...words], reason: why };
  const by = [...new Set(out.map((word) => said.get(keyOf(word))))];
  const names = [...new Set(out.map(keyOf))];
  const rest = words.filter((word) => !out.includes(word));
  const [is, it] = names.length > 1 ? ['are', 'them'] : ['is', 'it'];
  const left = `${names.join(', ')} ${is} left out: the ${by.join(' and the ')} ${by.length > 1 ? 'give' : 'gives'} ${it}.`;
  return { from, words: rest, reason: rest.length > 0 ? `${why} ${left}` : left };
}

function profileWords({ profile, index, world, method }: ArgumentsInput): Words {
  if (method === undefined || method === 'virtual-media' || method === 'local') return { words: [], reason: '' };
  if (profile.inMemory && method !== 'kernel') return { words: [], reason: '' };
  return networkWords(profile, index, world, method);
}

function unfilled(why: string, { defaultFile, configFiles = [] }: ArgumentContext): string {
  if (defaultFile !== undefined || configFiles.length === 0) return `${why} The arguments are made together with the host’s boot URL.`;
  return `The config has the files ${configFiles.join(', ')} and no default file, so the installer cannot be pointed to one.`;
}

function configWords({ profile, index, world, deliver: chosen }: ArgumentsInput, said: Said): Words {
  const { format } = world;
  if (format === undefined || format === 'ipxe') return { words: [], reason: '' };
  const way = wayOf(profile, format);
  if (!way)
    return { words: [], reason: `${profile.name} takes no ${format} config by itself; its URL is {{ config.url }} in the arguments.` };
  const deliver = deliverOf(way, chosen);
  const given = way.whenGiven && said.has(way.whenGiven.argument) ? way.whenGiven : undefined;
  const asked = given ?? way[deliver];
  if (!asked) return { words: [], reason: way.how };
  const words = filledWords(asked.words, world, { file: mediaName(way, world), volume: index.volumeId });
  if (!words) return { words: [], reason: unfilled(asked.reason, world) };
  const other = chosen !== undefined && chosen !== deliver && !given;
  return {
    words,
    reason: other
      ? `${asked.reason} (${chosen === 'url' ? 'A URL' : 'The medium'} was chosen, which this system cannot take.)`
      : asked.reason,
  };
}
