import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LimitEpisode } from '../../../contract/protection.ts';
import { pause } from '../process.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';
import { duringCommand, judge, measure, NEEDS, RATE, SERVER, strangerAddresses, victimScene, type Scene } from '../victim.ts';

const FLOOD = join(import.meta.dirname, '../victim-dhcp-flood.ts');
/** Requests for scripts of random MACs per second. */
const SCRIPT_RATE = 300;
/** Milliseconds. */
const REPLY_LIMIT = 100;
const HEALTH_LIMIT = 50;
const SECONDS = Number(process.env.VICTIM_SECONDS ?? 12);
/** Of 16,384 addresses. */
const POOL = '192.168.128.0-192.168.191.255';
const MAX_RSS_GROWTH_MB = 200;
const MAX_DATABASES_MB = 100;

/** Resident memory of the appliance, and the size of its databases with their logs, in MB. */
function sizes(lab: Lab, { appliance }: Scene): { rss: number; databases: number } {
  const status = readFileSync(`/proc/${appliance.process.pid}/status`, 'utf8');
  const files = ['bootbench.db', 'bootbench.db-wal', 'activity.db', 'activity.db-wal'].map((name) => join(lab.dir, 'data', name));
  const bytes = files.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
  return { rss: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024), databases: Math.round(bytes / 1e6) };
}

type Measured = readonly [name: string, figures: Awaited<ReturnType<typeof measure>>, limitMs: number];

async function measureAll(lab: Lab, scene: Scene, when: string): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const [probe, limit] of [
    ['offer', REPLY_LIMIT],
    ['ack', REPLY_LIMIT],
    ['healthz', HEALTH_LIMIT],
  ] as const) {
    const figures = await measure(scene, probe, SECONDS);
    lab.say(`${when}, ${probe}: ${JSON.stringify(figures)}`);
    measured.push([`${when}: ${probe}`, figures, limit]);
  }
  return measured;
}

async function run(lab: Lab): Promise<void> {
  const scene = await victimScene(lab, ['--dhcp', 'full', '--pool', POOL], 1, 16);
  const { appliance, victim, stranger } = scene;
  // Without a route, the system refuses a broadcast to everyone.
  for (const ns of [victim, stranger]) await ns.ip('route', 'add', 'default', 'dev', 'eth0');
  // The first offer follows a conflict probe of 400 ms, and the lease is made.
  await measure(scene, 'offer', 1);
  await measure(scene, 'ack', 1);
  const quiet = await measureAll(lab, scene, 'quiet');
  const before = sizes(lab, scene);
  const [own = ''] = strangerAddresses(1);
  const flooded = await duringCommand(scene, [FLOOD, SERVER, String(RATE), String(SCRIPT_RATE), own], async (flood) => {
    const measured = await measureAll(lab, scene, 'flood');
    lab.fact('what the stranger sent and got', flood.lines.at(-1)?.text ?? '');
    return measured;
  });
  const after = sizes(lab, scene);
  await pause(2000);
  lab.fact('memory before and after, MB', `${before.rss}, ${after.rss}`);
  lab.fact('databases before and after, MB', `${before.databases}, ${after.databases}`);
  for (const [name, figures, limit] of [...quiet, ...flooded]) judge(lab, name, figures, limit);
  // Not by its event: thousands of others are newer.
  const limits = LimitEpisode.array().parse(JSON.parse(await appliance.must('protection', '--json')));
  const strangers = limits.filter(({ kind }) => kind === 'dhcp-strangers');
  expectThat(strangers.length === 1, `${strangers.length} limits of unknown machines are shown`);
  expectThat(after.rss - before.rss < MAX_RSS_GROWTH_MB, `the memory grew from ${before.rss} to ${after.rss} MB`);
  expectThat(after.databases < MAX_DATABASES_MB, `the databases have ${after.databases} MB`);
}

export const victimDhcp: Scenario = {
  name: 'victim-dhcp',
  title:
    `b5: ${RATE} DISCOVERs and REQUESTs a second with random MACs and ${SCRIPT_RATE} /ipxe?mac=: a known host is answered within ` +
    `${REPLY_LIMIT} ms at p99`,
  tier: 'full',
  needs: NEEDS,
  timeoutMs: 400_000,
  alone: true,
  run,
};
