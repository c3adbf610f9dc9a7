import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { differential } from './differential.ts';

const OUTPUT = join(import.meta.dirname, '../output/differential');
const USAGE = 'usage: npm run differential [-- --isos N --seed S --mutate-each N --keep FOLDER]';

/** `node test/differential/main.ts`: exit code 1 where a difference is not explained. */
async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      isos: { type: 'string', default: '2000' },
      seed: { type: 'string', default: '1' },
      'mutate-each': { type: 'string', default: '2' },
      keep: { type: 'string' },
    },
  });
  const [isos, seed, mutateEach] = [values.isos, values.seed, values['mutate-each']].map(Number) as [number, number, number];
  if (![isos, seed, mutateEach].every((value) => Number.isSafeInteger(value) && value > 0)) {
    console.error(USAGE);
    return 2;
  }
  const report = await differential({
    isos,
    seed,
    // One seed alone is that of a report: both of its ISOs are wanted.
    mutateEach: isos === 1 ? 1 : mutateEach,
    keep: values.keep,
    onProgress: (done, found) => {
      for (const line of found.news()) console.log(line);
      if (done % 100 === 0) console.log(`${done} of ${isos} ISOs, ${found.unexplained} unexplained differences`);
    },
  });
  report.write(OUTPUT);
  console.log(report.text());
  return report.unexplained === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
