import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Appliance } from '../appliance.ts';
import { addAlpha, ALPHA, expectEvents, expectWholeBoot, hostOf, powerOn } from '../boot-run.ts';
import { expectJob, expectReimaged, MANUAL_STEPS } from '../bmc/reimage-run.ts';
import { makeLabNetwork, SERVER, startOnLabNetwork } from '../lab-network.ts';
import { LOCAL_DISK_SAYS, makeLocalDisk } from '../local-disk.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

interface Variant {
  readonly firmware: 'bios' | 'uefi';
  readonly device: 'cd' | 'disk';
  readonly chap?: 'one-way' | 'mutual';
}

const VARIANTS: readonly Variant[] = [
  { firmware: 'bios', device: 'cd' },
  { firmware: 'bios', device: 'disk' },
  { firmware: 'uefi', device: 'cd' },
  { firmware: 'uefi', device: 'disk' },
  { firmware: 'bios', device: 'cd', chap: 'one-way' },
  { firmware: 'uefi', device: 'disk', chap: 'mutual' },
];
const NEVER = /(?!)/;

/** The complete way: DHCP, script, `sanboot iscsi:`, the view's own bytes over iSCSI, and a job that ends by the evidence of these reads; on BIOS then its own disk (UEFI tries HTTP boot before that). */
export const iscsiBoot: readonly Scenario[] = VARIANTS.map(({ firmware, device, chap }) => ({
  name: `iscsi-boot-${firmware}-${device}${chap ? `-chap-${chap}` : ''}`,
  title: `Boot method iscsi (${firmware}): the machine boots its ISO as a ${device === 'cd' ? 'CD' : 'disk'} over iSCSI${chap ? ` with ${chap} CHAP` : ''}, with its own arguments, and its reimage ends done.`,
  tier: firmware === 'bios' && device === 'cd' && !chap ? 'ci' : 'full',
  needs: ['root', 'qemu', 'iso-tools', 'guest-kernel', 'appliance', 'dnsmasq', 'tcpdump'],
  timeoutMs: 400_000,
  async run(lab) {
    const bench = await makeLabNetwork(lab);
    const appliance = await startOnLabNetwork(lab, bench);
    await addAlpha(lab, appliance, {
      set: [`iscsi.device=${device}`],
      args: firmware === 'bios' ? 'bootbench.then=reboot' : undefined,
      assign: ['--once', '--method', 'iscsi'],
    });
    if (chap) await setChap(lab, appliance, chap);
    const script = await appliance.must('explain', ALPHA.name, '--arch', firmware === 'bios' ? '0' : '7');
    expectThat(script.includes(`sanboot iscsi:${SERVER}::::iqn.`), `explain shows another script: ${script}`);
    expectThat(![SECRET, TARGET_SECRET].some((secret) => script.includes(secret)), `explain shows a secret: ${script}`);
    const watched = appliance.begin('reimage', ALPHA.name, '--watch');
    await appliance.waitForEvent(({ type }) => type === 'job.started', 'the job started');
    const restarts = firmware === 'bios' && { reboots: true, disk: await makeLocalDisk(join(lab.dir, 'disk.img')) };
    const machine = await powerOn(lab, bench, { firmware, ...restarts });
    await Promise.all([expectWholeBoot(lab, machine, appliance, { timeoutMs: 240_000 }), expectReimaged(lab, watched, 250_000)]);
    await expectJob(lab, appliance, ALPHA.name, MANUAL_STEPS, watched);
    if (restarts) await machine.waitFor(new RegExp(LOCAL_DISK_SAYS), 90_000, NEVER);
    const events = await appliance.events();
    expectEvents(events, ['script.served', 'iscsi.login', 'iso.opened', 'iso.patched-read', 'assignment.done', 'job.done']);
    const other = events.filter(({ type }) => type === 'iscsi.refused' || type === 'iscsi.read-failed' || type === 'iso.refused');
    expectThat(other.length === 0, `refused or failed: ${other.map(({ message: text }) => text).join(' ')}`);
    const login = events.find(({ type }) => type === 'iscsi.login');
    lab.fact('login', login?.message ?? 'none');
    expectThat((await hostOf(appliance, ALPHA.name)).assignment?.state === 'done', 'the assignment is not done');
  },
}));

/** With the characters that have a meaning in an iPXE script. */
const SECRET = 'a$b{c}#d&&e||f';
const TARGET_SECRET = '"quoted\\\'1234';

/** The secrets by file, as a person gives them. */
async function setChap(lab: Lab, appliance: Appliance, chap: 'one-way' | 'mutual'): Promise<void> {
  const files = { own: join(lab.dir, 'secret'), target: join(lab.dir, 'target-secret') };
  writeFileSync(files.own, SECRET);
  writeFileSync(files.target, TARGET_SECRET);
  const mutual = chap === 'mutual' ? ['--reverse-user', 'the-target', '--reverse-secret-file', files.target] : [];
  await appliance.must('host', 'iscsi', ALPHA.name, '--chap-user', 'the-machine', '--chap-secret-file', files.own, ...mutual);
}
