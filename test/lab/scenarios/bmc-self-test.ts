import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BmcSelfTest, UrlForm } from '../../../contract/bmc.ts';
import type { Appliance } from '../appliance.ts';
import { startOnLabNetwork } from '../lab-network.ts';
import { addImageAndConfig, hostOf } from '../boot-run.ts';
import { BMC, bmcWords, fetchAuthority, makeBmcNetwork, type BmcNetwork } from '../bmc/bmc-network.ts';
import { askBmc } from '../bmc/control.ts';
import type { MountOptions } from '../bmc/mounts.ts';
import { startRedfishMachine } from '../bmc/redfish-machine.ts';
import { buildSmallIso } from '../bmc/small-iso.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

/** One BMC, by the way in which it reads, and what its test has to find. */
interface Reader extends Omit<MountOptions, 'dir' | 'ca'> {
  readonly name: string;
  /** Tried in addition to the plain URL. */
  readonly forms: readonly UrlForm[];
  readonly trials: readonly string[];
  readonly found: Pick<BmcSelfTest, 'urlScheme' | 'head' | 'whole'>;
  /** Bytes per request, where that is always the same. */
  readonly piece?: number;
}

const READERS: readonly Reader[] = [
  {
    name: 'http-only',
    tool: 'httpfs2',
    forms: ['long', 'colon'],
    trials: ['http plain read', 'https plain refused', 'http long read', 'http colon read'],
    found: { urlScheme: 'http', head: true, whole: false },
  },
  {
    name: 'https-only',
    tool: 'nbdkit',
    only: 'https',
    forms: ['long'],
    trials: ['http plain refused', 'https plain read', 'https long read'],
    found: { urlScheme: 'https', head: true, whole: false },
  },
  {
    name: 'small-pieces',
    tool: 'curl',
    forms: ['query'],
    trials: ['http plain read', 'https plain read', 'http query read'],
    found: { urlScheme: 'http', head: false, whole: false },
    piece: 2048,
  },
  {
    name: 'strict-parser',
    tool: 'curl',
    refuses: '[?]|/..:..:',
    forms: ['long', 'colon', 'query'],
    trials: ['http plain read', 'https plain read', 'http long read', 'http colon refused', 'http query refused'],
    found: { urlScheme: 'http', head: false, whole: false },
    piece: 2048,
  },
];

const PORT = 8000;
const portOf = (reader: Reader): number => PORT + READERS.indexOf(reader);

async function addReader(lab: Lab, { bmc }: BmcNetwork, appliance: Appliance, ca: string, reader: Reader): Promise<void> {
  const { name, tool, only, refuses } = reader;
  const dir = join(lab.dir, name);
  mkdirSync(dir);
  const [mac, port] = [`52:54:00:77:02:0${READERS.indexOf(reader)}`, portOf(reader)];
  const { url } = await startRedfishMachine(lab, bmc, { profile: 'openbmc', mac, port, mount: { tool, only, refuses, ca, dir } });
  await appliance.must('host', 'add', name, '--mac', mac, ...bmcWords(lab, url));
  await appliance.must('assign', name, '--image', 'lab');
}

/** What the command prints, what the host remembers, and the URL that follows from it. */
async function judge(lab: Lab, { bmc }: BmcNetwork, appliance: Appliance, reader: Reader): Promise<void> {
  const { name, forms, trials, found, piece } = reader;
  const output = await appliance.must('bmc', 'self-test', name, '--forms', forms.join());
  lab.fact(name, output.trim().split('\n'));
  const { selfTest } = (await hostOf(appliance, name)).bmc ?? {};
  expectThat(selfTest !== undefined, `nothing is remembered of ${name}`);
  const outcomes = selfTest.trials.map(({ scheme, form, outcome }) => `${scheme} ${form} ${outcome}`);
  expectThat(outcomes.join() === trials.join(), `${name}: ${outcomes.join(', ')}`);
  const { urlScheme, head, whole, ranges, from } = selfTest;
  const sameWay = urlScheme === found.urlScheme && head === found.head && whole === found.whole;
  const samePiece = piece === undefined || (ranges?.smallest === piece && ranges.largest === piece);
  expectThat(sameWay && samePiece, `${name} was found to read so: ${JSON.stringify(selfTest)}`);
  expectThat(from === BMC, `${name} came from ${from ?? 'nowhere'}`);
  expectThat(output.includes(`reads ISOs over ${String(found.urlScheme)}.`), `the command says: ${output}`);
  for (const { message: sentence } of selfTest.trials) expectThat(output.includes(sentence), `the command does not say “${sentence}”`);
  const { url } = await appliance.json<{ url: string }>('media', name, 'url');
  expectThat(new URL(url).protocol === `${String(found.urlScheme)}:`, `${name} is to mount ${url}`);
  const { media } = await askBmc(bmc, '/', portOf(reader));
  expectThat(media.length === 0, `the test left ${media.join()} in ${name}`);
}

/** The medium of a job goes the same way. */
async function insertsBySecureWay({ bmc }: BmcNetwork, appliance: Appliance): Promise<void> {
  const secure = READERS.find(({ only }) => only === 'https');
  expectThat(secure !== undefined, 'no BMC speaks https only');
  await appliance.must('media', secure.name, 'insert');
  const { media } = await askBmc(bmc, '/', portOf(secure));
  expectThat(media[0]?.startsWith('https://') ?? false, `${secure.name} holds ${media.join() || 'nothing'}`);
  const { code, stderr } = await appliance.cli('bmc', 'self-test', secure.name);
  expectThat(code === 1 && stderr.includes('E_BMC_BUSY'), `a test of a BMC that holds a medium: ${code}: ${stderr}`);
}

export const bmcSelfTest: Scenario = {
  name: 'bmc-self-test',
  title: 'The self-test finds out which URLs four BMCs accept and how they read, stores it, and their media URLs follow it.',
  tier: 'ci',
  needs: ['root', 'iso-tools', 'appliance', 'dnsmasq', 'curl', 'httpfs2', 'nbdkit'],
  async run(lab) {
    const bench = await makeBmcNetwork(lab, 0);
    const appliance = await startOnLabNetwork(lab, bench, { args: ['--https-port', '7443'] });
    await addImageAndConfig(lab, appliance, await buildSmallIso());
    const ca = await fetchAuthority(lab, bench);
    await Promise.all(READERS.map((reader) => addReader(lab, bench, appliance, ca, reader)));
    await Promise.all(READERS.map((reader) => judge(lab, bench, appliance, reader)));
    await insertsBySecureWay(bench, appliance);
  },
};
