import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import { disposeAll, disposeOnSignals, removeLeftovers, whyNoNamespaces } from './namespace.ts';
import { exitCodeOf, reportJson, reportText } from './report.ts';
import { runScenario, type Result } from './runner.ts';
import type { Scenario, Tier } from './scenario.ts';
import { scenarios } from './scenarios/index.ts';

const USAGE = `usage: npm run lab [-- [scenario…] [--full] [--windows] [--json] [--list]]`;

/** One virtual machine takes about one core, and a scenario waits about half of its time. */
const BESIDE_EACH_OTHER = Math.min(4, availableParallelism());

/** `node test/lab/main.ts [scenario…] [--json] [--full] [--windows]`: runs the lab, a few scenarios at a time. */
async function main(args: readonly string[]): Promise<number> {
  const flags = new Set(args.filter((arg) => arg.startsWith('--')));
  const names = args.filter((arg) => !arg.startsWith('--'));
  const wrong = [...[...flags].filter((flag) => !['--json', '--full', '--windows', '--list'].includes(flag)), ...names.filter(isUnknown)];
  if (wrong.length > 0) {
    console.error(`not a scenario or option: ${wrong.join(', ')}\n${USAGE}\n${list()}`);
    return 2;
  }
  if (flags.has('--list')) {
    console.log(list());
    return 0;
  }
  const json = flags.has('--json');
  const say = (text: string): void => (json ? console.error(text) : console.log(text));
  const results = await runAll(chosen(names, tiersOf(flags)), say);
  if (json) console.log(reportJson(results));
  say(reportText(results));
  return exitCodeOf(results, process.env);
}

async function runAll(wanted: readonly Scenario[], say: (text: string) => void): Promise<Result[]> {
  disposeOnSignals();
  if (!whyNoNamespaces()) {
    const left = await removeLeftovers();
    if (left.length > 0) say(`removed what an earlier lab left: ${left.join(', ')}`);
  }
  const results = await runInOrder(wanted, say);
  await disposeAll();
  return results;
}

/**
 * Those that need the machine for themselves come last. A shared machine may stall for seconds, and firmware gives up: a failed
 * scenario runs once more, alone, and both results are reported.
 */
async function runInOrder(wanted: readonly Scenario[], say: (text: string) => void): Promise<Result[]> {
  const results = new Map<Scenario, Result>();
  const run = async (scenario: Scenario): Promise<void> => {
    results.set(scenario, await runScenario(scenario, say));
  };
  const beside = wanted.filter(({ alone }) => alone !== true);
  await pLimit(BESIDE_EACH_OTHER).map(beside, run);
  for (const scenario of wanted.filter(({ alone }) => alone === true)) await run(scenario);
  for (const [scenario, first] of results) {
    if (first.state !== 'failed') continue;
    const second = await runScenario(scenario, say);
    results.set(scenario, { ...second, facts: { ...second.facts, 'first try failed': first.error ?? '' } });
  }
  return wanted.flatMap((scenario) => results.get(scenario) ?? []);
}

function chosen(names: readonly string[], tiers: readonly Tier[]): readonly Scenario[] {
  if (names.length > 0) return scenarios.filter((scenario) => names.includes(scenario.name));
  return scenarios.filter((scenario) => tiers.includes(scenario.tier));
}

/** --windows is the Windows build's scenarios alone; they are not part of --full, which runs this computer's build. */
function tiersOf(flags: ReadonlySet<string>): readonly Tier[] {
  if (flags.has('--windows')) return ['windows'];
  return flags.has('--full') ? ['ci', 'full'] : ['ci'];
}

function isUnknown(name: string): boolean {
  return !scenarios.some((scenario) => scenario.name === name);
}

function list(): string {
  return scenarios.map(({ name, tier, title }) => `  ${name.padEnd(18)} ${tier.padEnd(7)} ${title}`).join('\n');
}

process.exitCode = await main(process.argv.slice(2));
