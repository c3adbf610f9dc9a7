import { linkSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cable, Namespace } from '../lab/namespace.ts';
import { Nginx } from '../lab/nginx.ts';
import { buildSoakIso } from '../lab/machines/truth.ts';
import type { Contest, Sample, Stage, StageOptions } from './contest.ts';
import type { Work } from './lines.ts';
import { warm } from './page-cache.ts';
import { CLIENT_MAC, completeRead, metered, Product, SERVER, sumOf, twoEnds, type Ends } from './stage.ts';

const HOST = 'bench';
const UPSTREAM = '10.92.0.2';
const PORT = 8090;

/**
 * A server of ISOs on a network of its own, from which Bootbench takes its image, and an nginx next to Bootbench that has the host's ISO as a file. A
 * first read is that of an image which was just added.
 */
export async function openUrlStage(options: StageOptions): Promise<Stage> {
  await using parts = new AsyncDisposableStack();
  const ends = await twoEnds(parts);
  const upstream = parts.use(await Namespace.create('upstream'));
  const address = `${UPSTREAM}/24`;
  await cable({ ns: ends.laptop, dev: 'up0', address: '10.92.0.1/24' }, { ns: upstream, dev: 'eth0', address });
  const roots = { upstream: join(options.dir, 'upstream'), peer: join(options.dir, 'www') };
  for (const root of Object.values(roots)) mkdirSync(root);
  const serve = async (ns: Namespace, root: string, at: string): Promise<Nginx> => {
    const nginx = parts.use(new Nginx(ns, { root, dir: `${root}-nginx`, port: PORT, address: at, fast: true }));
    await nginx.start();
    return nginx;
  };
  await serve(upstream, roots.upstream, UPSTREAM);
  const peer = await serve(ends.laptop, roots.peer, SERVER);
  const product = await Product.start(parts, ends.laptop, options.dir);
  await product.calls([['host.apply', { name: HOST, add: { name: HOST, interfaces: [{ mac: CLIENT_MAC }] } }]]);
  const images = new Images(product, await buildSoakIso(options.isoMegabytes), roots.upstream);
  const bench = { ends, product, peer, images, file: join(roots.peer, 'view.iso') };
  const owned = parts.move();
  return {
    contest: ({ work }) => contestOf(bench, work as Work & { kind: 'url' }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface UrlBench {
  readonly ends: Ends;
  readonly product: Product;
  readonly peer: Nginx;
  readonly images: Images;
  /** The host's ISO as a file of the peer. */
  readonly file: string;
}

/** Images that are the same ISO behind different URLs, so that nothing of a new one is cached. */
class Images {
  readonly #product: Product;
  readonly #iso: string;
  readonly #root: string;
  #count = 0;

  constructor(product: Product, iso: string, root: string) {
    this.#product = product;
    this.#iso = iso;
    this.#root = root;
  }

  /** Assigns a new one to the host, and removes the one before with its cache. Returns the URL of the host's ISO. */
  async next(): Promise<URL> {
    const old = `iso-${this.#count}`;
    const name = `iso-${++this.#count}`;
    linkSync(this.#iso, join(this.#root, `${name}.iso`));
    const source = { type: 'url' as const, url: `http://${UPSTREAM}:${PORT}/${name}.iso` };
    const assignment = { image: name, args: 'bench.host={{ host.name }}', mode: 'always' as const };
    await this.#product.calls([
      ['image.add', { name, source, kind: 'live', bootConfigs: [] }],
      ['host.apply', { name: HOST, assignment }],
    ]);
    if (this.#count > 1) await this.#product.calls([['image.remove', { name: old }]]);
    const [url] = await this.#product.mediaUrls([HOST]);
    return url!;
  }
}

async function contestOf(
  { ends: { client }, product, peer, images, file }: UrlBench,
  { cached }: Work & { kind: 'url' },
): Promise<Contest> {
  let url = await images.next();
  rmSync(file, { force: true });
  await client.must(['curl', '-sS', '--fail', '-o', file, url.href], { timeoutMs: 300_000 });
  await warm(file);
  const peerUrl = `${peer.url}/view.iso`;
  const peerSum = await sumOf(client, peerUrl);
  const read = (pid: number, from: string, sum: string): Promise<Sample> => metered(pid, () => completeRead(client, from, sum));
  return {
    async ours() {
      if (!cached) url = await images.next();
      const sample = await read(product.pid, url.href, '');
      // Read again for its sum, which is then of what the cache has stored.
      return { ...sample, got: sample.got + (await sumOf(client, url.href)) };
    },
    peer: () => read(peer.pid, peerUrl, peerSum),
  };
}
