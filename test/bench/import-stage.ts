import { statSync } from 'node:fs';
import { buildSoakIso } from '../lab/machines/truth.ts';
import { Running } from '../lab/process.ts';
import type { Stage, StageOptions } from './contest.ts';
import { warm } from './page-cache.ts';
import { metered, Product, twoEnds } from './stage.ts';

/** An import into the library, which sums and identifies the ISO while it copies it, next to sha256sum of the same file. */
export async function openImportStage(options: StageOptions): Promise<Stage> {
  await using parts = new AsyncDisposableStack();
  const { laptop } = await twoEnds(parts);
  const product = await Product.start(parts, laptop, options.dir);
  const iso = await buildSoakIso(options.isoMegabytes);
  const bytes = statSync(iso).size;
  await warm(iso);
  let count = 0;
  const owned = parts.move();
  return {
    contest: () =>
      Promise.resolve({
        async ours() {
          const name = `import-${count++}`;
          const sample = await metered(product.pid, async () => {
            const seconds = await secondsOf(() => product.appliance.must('image', 'add', iso, '--copy', '--name', name));
            return { value: seconds, bytes, requests: 1, got: '' };
          });
          const image = await product.appliance.json<{ sha256?: string }>('image', 'show', name);
          await product.appliance.must('image', 'remove', name);
          return { ...sample, got: `sha256 ${image.sha256 ?? 'unknown'}` };
        },
        async peer() {
          const sums = new Running(['sha256sum', iso]);
          const sample = await metered(sums.pid ?? 0, async () => {
            const value = await secondsOf(() => sums.exited);
            return { value, bytes, requests: 1, got: '' };
          });
          return { ...sample, got: `sha256 ${sums.text.slice(0, 64)}` };
        },
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
