import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { hostTargetName } from '../../contract/iscsi.ts';
import { TgtTarget } from '../fixtures/tgt-target.ts';
import { sha256Of } from '../lab/appliance.ts';
import { buildSoakIso } from '../lab/machines/truth.ts';
import type { Contest, Stage, StageOptions } from './contest.ts';
import { iscsiPerf } from './iscsi-perf.ts';
import type { Work } from './lines.ts';
import { CLIENT, CLIENT_MAC, metered, Product, SERVER, twoEnds } from './stage.ts';

const HOST = 'bench';
const BLOCK = 512;
const LONG = { timeoutMs: 300_000 };

/** Bootbench's target of a host, whose ISO is a disk there, and tgt with a file of the same bytes; both are read by libiscsi. */
export async function openIscsiStage(options: StageOptions): Promise<Stage> {
  await using parts = new AsyncDisposableStack();
  const { laptop, client } = await twoEnds(parts);
  const product = await Product.start(parts, laptop, options.dir);
  const assignment = { image: HOST, args: 'bench.host={{ host.name }}', mode: 'always' as const, method: 'iscsi' as const };
  const interfaces = [{ mac: CLIENT_MAC, ip: CLIENT }];
  await product.calls([
    ['image.add', { name: HOST, source: { type: 'file', path: await buildSoakIso(options.isoMegabytes) }, kind: 'live', bootConfigs: [] }],
    ['host.apply', { name: HOST, add: { name: HOST, interfaces, iscsi: { device: 'disk' } }, assignment }],
  ]);
  const file = join(options.dir, 'view.iso');
  const [view] = await product.mediaUrls([HOST]);
  await client.must(['curl', '-sS', '--fail', '-o', file, view!.href], LONG);
  const tgt = parts.use(await TgtTarget.start(file, 1, { ns: laptop, address: SERVER }));
  const sides = {
    ours: { url: `iscsi://${SERVER}:3260/${hostTargetName(CLIENT_MAC)}/0`, pid: product.pid },
    peer: { url: tgt.url(), pid: tgt.pid },
  };
  const copy = join(options.dir, 'copy.img');
  const gotOf = async (url: string): Promise<string> => {
    rmSync(copy, { force: true });
    await client.must(['qemu-img', 'convert', '-f', 'raw', '-O', 'raw', url, copy], LONG);
    return `${statSync(copy).size} bytes, sha256 ${await sha256Of(copy)}`;
  };
  const got = { ours: await gotOf(sides.ours.url), peer: await gotOf(sides.peer.url) };
  const owned = parts.move();
  return {
    contest: ({ work }) => {
      const { blocks } = work as Work & { kind: 'iscsi' };
      const round = (side: keyof typeof sides) => () =>
        metered(sides[side].pid, async () => {
          const value = await iscsiPerf(sides[side].url, work as Work & { kind: 'iscsi' }, options.seconds, client);
          const requests = value * options.seconds;
          return { value, bytes: requests * blocks * BLOCK, requests, got: got[side] };
        });
      return Promise.resolve<Contest>({ ours: round('ours'), peer: round('peer') });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
