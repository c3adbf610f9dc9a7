import { once } from 'node:events';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Of } from '../lab/appliance.ts';
import type { AnyCall } from '../lab/machines/calls.ts';
import { buildSoakIso } from '../lab/machines/truth.ts';
import { Nginx } from '../lab/nginx.ts';
import { run } from '../lab/process.ts';
import type { Contest, Sample, Stage, StageOptions } from './contest.ts';
import type { ConfigSize, Line, Work } from './lines.ts';
import { drop, warm } from './page-cache.ts';
import { completeRead, inClient, metered, MIB, Product, SERVER, sumOf, twoEnds, type Ends } from './stage.ts';
import { wrk, type WrkJob, type WrkSums } from './wrk.ts';

const PORT = 8090;
const CONFIG_BYTES: Readonly<Record<ConfigSize, number>> = { small: 300, '19 KB': 19_000, '549 KB': 549_000 };
const SIZES = Object.keys(CONFIG_BYTES) as ConfigSize[];
const CHECKED_RANGES = 64;
/** Of the file that the small reader reads in; the rest is read from the disk by another client. */
const WARM_MB = 16;

type Side = 'ours' | 'peer';

/** One host's ISO: as Bootbench serves it, and the same bytes as a file that nginx serves. */
interface View {
  readonly url: Readonly<Record<Side, URL>>;
  readonly file: Readonly<Record<Side, string>>;
  readonly size: number;
  readonly sha256: string;
}

/** Bootbench with three hosts, whose configs differ in size, and nginx with a file of what each gets. */
export async function openHttpStage(options: StageOptions): Promise<Stage> {
  await using parts = new AsyncDisposableStack();
  const ends = await twoEnds(parts);
  const iso = await buildSoakIso(options.isoMegabytes);
  const root = join(options.dir, 'www');
  mkdirSync(root, { recursive: true });
  const product = await Product.start(parts, ends.laptop, options.dir);
  await product.calls(inventoryOf(iso));
  const nginx = parts.use(new Nginx(ends.laptop, { root, dir: join(options.dir, 'nginx'), port: PORT, address: SERVER, fast: true }));
  await nginx.start();
  const stage = new HttpStage(ends, product, options, { ours: product.pid, peer: nginx.pid }, (size) =>
    viewOf(ends, product, iso, root, size),
  );
  const owned = parts.move();
  return { contest: (line) => stage.contest(line), [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function inventoryOf(iso: string): AnyCall[] {
  return [
    ...SIZES.map((size): AnyCall => ['config.add', { name: nameOf(size), format: 'other', files: { 'bench.conf': configOf(size) } }]),
    ['image.add', { name: 'bench', source: { type: 'file', path: iso }, kind: 'live', bootConfigs: SIZES.map(nameOf) }],
    ...SIZES.map((size, index): AnyCall => {
      const [name, mac] = [nameOf(size), `52:54:00:90:00:0${index + 1}`];
      const assignment = { image: 'bench', config: name, args: 'bench.host={{ host.name }}', mode: 'always' as const };
      return ['host.apply', { name, add: { name, interfaces: [{ mac }] }, assignment }];
    }),
  ];
}

/** Adds so many hosts, and returns the URLs of their ISOs. */
async function machinesOf(product: Product, count: number): Promise<URL[]> {
  const names = Array.from({ length: count }, (_, index) => `machine-${index}`);
  const hosts = names.map((name, index): AnyCall => {
    const mac = `52:54:00:91:00:${index.toString(16).padStart(2, '0')}`;
    const assignment = { image: 'bench', config: nameOf('small'), args: 'bench.host={{ host.name }}', mode: 'always' as const };
    return ['host.apply', { name, add: { name, interfaces: [{ mac }] }, assignment }];
  });
  await product.calls(hosts);
  return product.mediaUrls(names);
}

/** The view is saved as nginx's file by reading it once. Throws when it is the unmodified ISO. */
async function viewOf({ client }: Ends, product: Product, iso: string, root: string, size: ConfigSize): Promise<View> {
  const [ours] = await product.mediaUrls([nameOf(size)]);
  const file = join(root, `${nameOf(size)}.iso`);
  await client.must(['curl', '-sS', '--fail', '-o', file, ours!.href], { timeoutMs: 300_000 });
  if ((await run(['cmp', '-s', iso, file])).code !== 1) throw new Error('the host’s ISO is the unmodified one: no overlay is active');
  return {
    url: { ours: ours!, peer: new URL(`http://${SERVER}:${PORT}/${nameOf(size)}.iso`) },
    file: { ours: iso, peer: file },
    size: statSync(file).size,
    sha256: await sha256Of(file),
  };
}

class HttpStage {
  readonly #ends: Ends;
  readonly #product: Product;
  readonly #options: StageOptions;
  readonly #pids: Readonly<Record<Side, number>>;
  readonly #makeView: (size: ConfigSize) => Promise<View>;
  readonly #views = new Map<ConfigSize, Promise<View>>();

  constructor(
    ends: Ends,
    product: Product,
    options: StageOptions,
    pids: Readonly<Record<Side, number>>,
    makeView: (size: ConfigSize) => Promise<View>,
  ) {
    this.#ends = ends;
    this.#product = product;
    this.#options = options;
    this.#pids = pids;
    this.#makeView = makeView;
  }

  async contest({ work }: Line): Promise<Contest> {
    const view = await this.#view('config' in work ? work.config : 'small');
    await Promise.all([warm(view.file.ours), warm(view.file.peer)]);
    if (work.kind === 'ranges') return this.#ranges(view, work);
    if (work.kind === 'get') return this.#get(view, work.cold);
    if (work.kind === 'machines') return this.#machines(view, work);
    return this.#smallReader(view);
  }

  /** Each machine reads its own ISO, in ranges of a megabyte; the peer is one machine that does the same. */
  async #machines({ size }: View, { count }: Work & { kind: 'machines' }): Promise<Contest> {
    const urls = await machinesOf(this.#product, count);
    const bytes = MIB;
    const round = (machines: number): Promise<Sample> =>
      metered(this.#pids.ours, async () => {
        await this.#product.loopP99Ms();
        const paths = urls.slice(0, machines).map(({ pathname }) => pathname);
        const { seconds } = this.#options;
        const sums = await wrk(this.#ends.client, { origin: urls[0]!.origin, paths, bytes, size, connections: machines, seconds });
        const loopP99Ms = await this.#product.loopP99Ms();
        const got = `ranges of ${bytes} bytes`;
        return {
          value: (sums.requests * bytes) / MIB / sums.seconds,
          bytes: sums.requests * bytes,
          requests: sums.requests,
          loopP99Ms,
          got,
        };
      });
    return { ours: () => round(count), peer: () => round(1) };
  }

  #view(size: ConfigSize): Promise<View> {
    const view = this.#views.get(size) ?? this.#makeView(size);
    this.#views.set(size, view);
    return view;
  }

  async #ranges(view: View, { bytes, connections }: Work & { kind: 'ranges' }): Promise<Contest> {
    const got = await this.#sums(view, bytes);
    return both((side) =>
      metered(this.#pids[side], async () => {
        const sums = await this.#wrk(view, side, { bytes, connections, size: view.size });
        return { value: sums.requests / sums.seconds, bytes: sums.requests * bytes, requests: sums.requests, got: got[side] };
      }),
    );
  }

  /** What the same ranges are on each side; wrk itself checks only their lengths. */
  async #sums({ url, size }: View, bytes: number): Promise<Record<Side, string>> {
    const check = async (side: Side): Promise<string> => {
      const sum = await inClient<string>(this.#ends.client, 'check-process.ts', {
        url: url[side].href,
        bytes,
        size,
        count: CHECKED_RANGES,
      });
      return `${CHECKED_RANGES} ranges of ${bytes} bytes, sha256 ${sum}`;
    };
    return { ours: await check('ours'), peer: await check('peer') };
  }

  #wrk({ url }: View, side: Side, job: Pick<WrkJob, 'bytes' | 'connections' | 'size'>): Promise<WrkSums> {
    const { origin, pathname } = url[side];
    return wrk(this.#ends.client, { ...job, origin, paths: [pathname], seconds: this.#options.seconds });
  }

  /** As many complete reads as fit into the time, but one at least. Each side’s first is summed, not timed. */
  async #get(view: View, cold: boolean): Promise<Contest> {
    const { client } = this.#ends;
    const sums = { ours: await sumOf(client, view.url.ours.href), peer: await sumOf(client, view.url.peer.href) };
    return both(async (side) => {
      const reads: Sample[] = [];
      for (let seconds = 0; seconds < this.#options.seconds;) {
        if (cold) await drop(view.file[side]);
        const read = await metered(this.#pids[side], () => completeRead(client, view.url[side].href, sums[side]));
        reads.push(read);
        seconds += read.bytes / MIB / read.value;
      }
      return joined(reads);
    });
  }

  /** One client reads small ranges of what is in the page cache, another one everything else from the disk, again and again. */
  async #smallReader(view: View): Promise<Contest> {
    const bytes = 16 * 1024;
    const got = await this.#sums({ ...view, size: WARM_MB * MIB }, bytes);
    return both(async (side) => {
      const end = new AbortController();
      const other = this.#readCold(view, side, end.signal);
      const sample = await metered(this.#pids[side], async () => {
        const sums = await this.#wrk(view, side, { bytes, connections: 1, size: WARM_MB * MIB });
        return { value: sums.p99Ms, bytes: 0, requests: sums.requests, got: got[side] };
      });
      end.abort();
      await other;
      return sample;
    });
  }

  async #readCold(view: View, side: Side, signal: AbortSignal): Promise<void> {
    const url = view.url[side].href;
    while (!signal.aborted) {
      await drop(view.file[side], WARM_MB);
      const read = this.#ends.client.spawn(['curl', '-sS', '--fail', '-o', '/dev/null', '-r', `${WARM_MB * MIB}-`, url]);
      const code = await Promise.race([read.exited, once(signal, 'abort')]);
      if (typeof code === 'number' && code !== 0) throw new Error(`${url}: curl ended with ${code}`);
      await read.stop();
    }
  }
}

function both(round: (side: Side) => Promise<Sample>): Contest {
  return { ours: () => round('ours'), peer: () => round('peer') };
}

/** Several reads as one sample; their speed is that of all bytes in all of the time. */
function joined(reads: readonly Sample[]): Sample {
  const sum = (of: (read: Sample) => number): number => reads.reduce((total, read) => total + of(read), 0);
  const seconds = sum(({ bytes, value }) => bytes / value);
  return {
    value: sum(({ bytes }) => bytes) / seconds,
    bytes: sum(({ bytes }) => bytes),
    requests: reads.length,
    cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds),
    rssMb: Math.max(...reads.map(({ rssMb }) => rssMb)),
    got: [...new Set(reads.map(({ got }) => got))].join('; '),
  };
}

function nameOf(size: ConfigSize): string {
  return `config-${size.toLowerCase().replace(' ', '')}`;
}

/** Lines that do not repeat, of printable text. */
function configOf(size: ConfigSize): string {
  let text = '# bench\n';
  for (let line = 0; text.length < CONFIG_BYTES[size]; line++) text += `bench ${line} of {{ host.name }}\n`;
  return text;
}
