import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchEvent } from '../../../contract/appliance.ts';
import type { ConsoleOutput, Transcript } from '../../../contract/console.ts';
import type { Job } from '../../../contract/jobs.ts';
import { PtyPair } from '../../fixtures/pty-pair.ts';
import type { Appliance } from '../appliance.ts';
import { addAlpha, ALPHA, argumentsOf, expectEvents, expectGuest } from '../boot-run.ts';
import { makeLabNetwork, startOnLabNetwork } from '../lab-network.ts';
import { biosEntry, grubForBios, isolinuxFiles, lay, layoutIso, makeIso, type Tree } from '../layouts/parts.ts';
import { pause } from '../process.ts';
import { qemuCommand, SerialLine } from '../qemu.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';
import { expectShown, expectTimeline, watchConsole } from '../ui/console-watch.ts';
import { openBrowser, Window } from '../ui/window.ts';

interface Menu {
  readonly name: 'grub' | 'isolinux';
  readonly files: (work: string) => Promise<Tree>;
  readonly image: string;
  /** What the menu shows; the kernel does not print it. */
  readonly pattern: string;
  readonly shows: string;
  /** Chooses the entry that is not the default. */
  readonly answer: string;
}

/** Both wait for a key for ever, and their default is the wrong entry. No serial port is named in them. */
const MENUS: readonly Menu[] = [
  {
    name: 'grub',
    image: 'boot/grub/eltorito.img',
    pattern: 'GNU GRUB +version',
    shows: 'GNU GRUB',
    answer: '<Down><Enter>',
    files: async (work) => ({
      'boot/grub/eltorito.img': { copy: await grubForBios(work, { prefix: '/boot/grub', fs: ['iso9660', 'serial', 'terminal'] }) },
      'boot/grub/grub.cfg': ['wrong', 'right']
        .map((entry) => `menuentry 'Lab ${entry}' {\n  linux /boot/vmlinuz lab.entry=${entry}\n  initrd /boot/initrd\n}\n`)
        .join(''),
    }),
  },
  {
    name: 'isolinux',
    image: 'boot/isolinux/isolinux.bin',
    pattern: '^boot: $',
    shows: 'boot:',
    answer: 'right<Enter>',
    files: () =>
      Promise.resolve({
        ...isolinuxFiles('boot/isolinux'),
        'boot/isolinux/isolinux.cfg': `default wrong\nprompt 1\ntimeout 0\n${['wrong', 'right']
          .map((label) => `label ${label}\n  kernel /boot/vmlinuz\n  append initrd=/boot/initrd lab.entry=${label}\n`)
          .join('')}`,
      }),
  },
];

function isoOf({ name, image, files }: Menu): Promise<string> {
  return layoutIso(`console-${name}`, import.meta.filename, async (iso, work, guest) => {
    const kernel: Tree = { 'boot/vmlinuz': { copy: guest.kernel }, 'boot/initrd': { copy: guest.initrd } };
    await makeIso(iso, lay(work, 'tree', { ...(await files(work)), ...kernel }), 'CONSOLE', biosEntry(image));
  });
}

function consoleBootOf(menu: Menu): Scenario {
  return {
    name: `console-boot-${menu.name}`,
    title: `${menu.name}’s menu shows itself in the window and on the host’s console, a trigger answers it, the adapter is unplugged and plugged in again, and the job rests on console and HTTP.`,
    tier: 'ci',
    needs: ['root', 'qemu', 'iso-tools', 'boot-loaders', 'guest-kernel', 'boot-files', 'appliance', 'dnsmasq', 'socat', 'chromium', 'ui'],
    timeoutMs: 240_000,
    run: (lab) => consoleBootRun(lab, menu),
  };
}

export const consoleBoot: readonly Scenario[] = MENUS.map(consoleBootOf);

async function consoleBootRun(lab: Lab, menu: Menu): Promise<void> {
  const iso = await isoOf(menu);
  const bench = await makeLabNetwork(lab);
  const socket = join(lab.dir, 'serial.socket');
  const adapter = lab.use(new PtyPair(`UNIX-CONNECT:${socket}`));
  const appliance = await startOnLabNetwork(lab, bench);
  await addAlpha(lab, appliance, { iso, set: [`console=serial:${adapter.port}`] });
  await addTriggers(appliance, menu);
  const [job] = await appliance.json<Job[]>('reimage', ALPHA.name, '--method', 'by-hand');
  expectThat(job !== undefined, 'no job was started');

  // With a screen of its own, so that the firmware does not show on the serial port what a boot loader writes on the screen.
  const screen = ['-machine', 'graphics=on', '-device', 'VGA'];
  const window = await Window.open(lab, await openBrowser(lab, bench.ns), 'desk', appliance.ready.ui);
  await watchConsole(window, ALPHA.name);
  const command = qemuCommand({ ...ALPHA, firmware: 'bios', net: { tap: 'tap0' }, dir: lab.dir, serialPort: socket, extra: screen });
  const serial = lab.use(new SerialLine(appliance.begin('console', ALPHA.name), lab.dir));
  const machine = bench.ns.spawn(command);
  await made(socket);
  await adapter.plug();

  await appliance.waitForEvent(({ type }) => type === 'console.answered', 'the menu was answered', 90_000);
  await serial.waitFor(/Linux version/, 60_000);
  await replug(lab, appliance, adapter);
  await expectGuest(lab, serial, { before: ['lab.entry=right', 'console=tty0 console=ttyS0,115200n8'] });
  expectThat(!serial.serial.text.includes('SeaBIOS'), 'the firmware shows its screen on the serial port, so the menu proves nothing');
  expectThat(/ console=ttyS0,115200n8(?: |$)/.test(argumentsOf(serial)), 'the kernel’s console is another one');
  await machine.exited;

  await expectJob(lab, appliance, job.id);
  await expectTranscript(lab, appliance, menu, adapter.sent);
  await window.picture('console');
  await expectShown(window, [menu.shows, /\[ +\d+\.\d{6}\] /, 'LAB-DONE', /Disconnected: .*Connected: /]);
  const answered = /Console of alpha: .*answer/i;
  await expectTimeline(lab, window, ALPHA.name, {
    events: [/“kernel” matched/, answered, /has read boot\/initrd/, /the evidence is complete/],
    jump: /“kernel” matched/,
    shows: /Linux version/,
  });
  window.expectNoComplaints();
}

/** QEMU makes the socket of its serial port when it starts. */
async function made(socket: string): Promise<void> {
  for (let tries = 0; !existsSync(socket); tries++) {
    expectThat(tries < 200, 'QEMU made no serial port');
    await pause(50);
  }
}

async function addTriggers(appliance: Appliance, { pattern, answer }: Menu): Promise<void> {
  const add = (name: string, ...words: string[]): Promise<string> => appliance.must('host', 'trigger', ALPHA.name, name, ...words);
  await add('menu', '--pattern', pattern, '--meaning', 'boot-menu', '--answer', answer);
  await add('kernel', '--pattern', 'Linux version', '--meaning', 'booting');
  await add('done', '--pattern', '^LAB-DONE', '--meaning', 'installed');
}

/** The kernel prints meanwhile. */
async function replug(lab: Lab, appliance: Appliance, adapter: PtyPair): Promise<void> {
  const before = (await appliance.events()).at(-1)?.seq ?? 0;
  await adapter.unplug();
  const closed = await appliance.waitForEvent(({ type, seq }) => type === 'console.closed' && seq > before, 'it was disconnected');
  await adapter.plug();
  const opened = await appliance.waitForEvent(({ type, seq }) => type === 'console.opened' && seq > closed.seq, 'it was connected again');
  lab.fact('unplugged', closed.message);
  lab.fact('milliseconds from unplugged to connected again', opened.at - closed.at);
}

/** Console and HTTP on one timeline, and as evidence of one job. */
async function expectJob(lab: Lab, appliance: Appliance, id: string): Promise<void> {
  await appliance.waitForEvent(({ type }) => type === 'boot.complete', 'the guest phoned home');
  const matched = (trigger: string) => (event: BenchEvent) => event.type === 'console.matched' && event.data.trigger === trigger;
  await appliance.waitForEvent(matched('done'), 'the guest was done');
  const events = await appliance.events();
  expectEvents(events, ['iso.patched-read', 'console.matched', 'console.answered', 'console.closed', 'console.opened']);
  expectEvents(events, ['console.answered', 'iso.file-read', 'console.matched', 'config.served', 'boot.complete', 'console.matched']);
  const answers = events.filter(({ type }) => type === 'console.answered');
  expectThat(answers.length === 1, `the menu was answered ${answers.length} times`);
  for (const trigger of ['menu', 'kernel', 'done']) expectThat(events.some(matched(trigger)), `no match of ${trigger}`);

  const job = await appliance.json<Job>('jobs', id);
  const evidence = job.steps.flatMap((step) => step.evidence);
  lab.fact('job', job.state);
  lab.fact('evidence', evidence);
  expectThat(
    evidence.some((sentence) => sentence.includes('Linux version')),
    'the console is no evidence of the job',
  );
  expectThat(job.state === 'done', `the job is ${job.state}`);
}

/** What came over the adapter is in the boot's transcript, and the command line prints it. */
async function expectTranscript(lab: Lab, appliance: Appliance, menu: Menu, sent: readonly Buffer[]): Promise<void> {
  const [transcript] = await appliance.json<Transcript[]>('console', ALPHA.name, '--list');
  expectThat(transcript?.image === 'lab', `the newest transcript is of ${transcript?.image ?? 'no image'}`);
  const lines = await appliance.must('console', ALPHA.name, '--log', '--json');
  const outputs = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ConsoleOutput);
  expectComplete(lab, outputs, sent);

  const text = await appliance.must('console', ALPHA.name, '--log');
  for (const words of ['Connected: ', 'Disconnected: ', menu.name === 'grub' ? 'GNU GRUB' : 'boot: ', 'Linux version', 'LAB-DONE'])
    expectThat(text.includes(words), `the transcript lacks “${words}”`);
  const [disconnected, done] = [text.indexOf('[Disconnected: '), text.indexOf('LAB-DONE')];
  expectThat(disconnected < text.lastIndexOf('[Connected: ') && text.lastIndexOf('[Connected: ') < done, 'notices are not in order');
  const cast = await appliance.must('console', ALPHA.name, '--cast');
  expectThat(cast.startsWith('{"version":2,'), `no asciicast: ${cast.slice(0, 80)}`);
}

/** What a pseudo-terminal holds when its other end is closed. */
const PTY_BYTES = 4096;

/** Every byte in order, up to the end of the connection and from the next one on. What was sent before the port was opened again is lost. */
function expectComplete(lab: Lab, outputs: readonly ConsoleOutput[], sent: readonly Buffer[]): void {
  const gap = outputs.findIndex(({ notice }) => notice?.startsWith('Disconnected: ') === true);
  const before = bytesOf(outputs.slice(0, gap + 1));
  const after = bytesOf(outputs.slice(gap + 1));
  const [first, second] = sent;
  expectThat(first !== undefined && second !== undefined && sent.length === 2, `the adapter was plugged in ${sent.length} times`);
  const lost = first.length - before.length;
  lab.fact('bytes recorded before and after', [before.length, after.length].map(String));
  lab.fact('bytes lost with the adapter, and until it was opened again', [lost, second.length - after.length].map(String));
  expectThat(before.equals(first.subarray(0, before.length)), 'the transcript differs before the adapter was unplugged');
  expectThat(lost <= PTY_BYTES, `${lost} bytes are not recorded`);
  expectThat(
    after.length > 0 && after.equals(second.subarray(-after.length)),
    'the transcript differs after the adapter was plugged in again',
  );
}

function bytesOf(outputs: readonly ConsoleOutput[]): Buffer {
  return Buffer.concat(outputs.map(({ data }) => Buffer.from(data, 'base64')));
}
