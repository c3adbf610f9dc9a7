import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchEvent } from '../../../contract/appliance.ts';
import { HostInput } from '../../../contract/inventory.ts';
import type { Job } from '../../../contract/jobs.ts';
import { argumentsOf, OWN_ARGUMENTS } from '../boot-run.ts';
import { NODE } from '../namespace.ts';
import type { SerialLine } from '../qemu.ts';
import { expectThat, type Lab } from '../scenario.ts';
import type { NewHost } from './add-hosts.ts';
import { BMC, BMC_PASSWORD, BMC_USER, type BmcNetwork } from './bmc-network.ts';
import type { MountOptions } from './mounts.ts';
import { startRedfishMachine } from './redfish-machine.ts';

const ADD_HOSTS = join(import.meta.dirname, 'add-hosts.ts');

export interface Member {
  readonly name: string;
  readonly mac: string;
  readonly ip: string;
  readonly port: number;
  readonly uuid: string;
}

/** vm01, vm02 … with addresses of their own; all BMCs are at one address, on ports of their own. */
export function members(count: number): Member[] {
  return Array.from({ length: count }, (_, at) => ({
    name: `vm${String(at + 1).padStart(2, '0')}`,
    mac: `52:54:00:77:01:${at.toString(16).padStart(2, '0')}`,
    ip: `192.168.77.${20 + at}`,
    port: 8000 + at,
    uuid: `3f1c9a52-0b7e-4d21-9c55-7a1de0c0${at.toString(16).padStart(4, '0')}`,
  }));
}

/** A machine that is off, with its serial line. */
export interface FleetMachine {
  readonly member: Member;
  readonly machine: SerialLine;
}

/** A virtual machine for each, by BIOS, on the tap of its number; its BMC mounts what it is given by `mountOf`. */
export async function startMachines(
  lab: Lab,
  { bmc }: BmcNetwork,
  fleet: readonly Member[],
  mountOf: (member: Member) => Omit<MountOptions, 'dir'> | undefined = () => undefined,
): Promise<FleetMachine[]> {
  const machines: FleetMachine[] = [];
  for (const [at, member] of fleet.entries()) {
    const { name, mac, uuid, port } = member;
    const dir = join(lab.dir, name);
    mkdirSync(dir);
    const mount = mountOf(member);
    const machine = await startRedfishMachine(lab, bmc, {
      ...{ profile: 'openbmc', mac, uuid, port },
      machine: { firmware: 'bios', mac, uuid, net: { tap: `tap${at}` }, dir },
      ...(mount && { mount: { ...mount, dir } }),
    });
    machines.push({ member, machine });
  }
  return machines;
}

/** All of them as hosts with BMCs and passwords, assigned to the image and config with arguments that say whose they are. */
export async function addFleet(lab: Lab, { ns }: BmcNetwork, fleet: readonly Member[]): Promise<void> {
  const hosts = fleet.map(({ name, mac, ip, port }): NewHost => {
    const bmc = { address: `redfish+http://${BMC}:${port}`, username: BMC_USER };
    const host = HostInput.parse({ name, interfaces: [{ mac, ip }], vars: { role: `${name}-role` }, bmc });
    const assignment = { image: 'lab', config: 'lab-config', args: `${OWN_ARGUMENTS} bootbench.then=stay`, mode: 'once' } as const;
    return { host, username: BMC_USER, password: BMC_PASSWORD, assignment };
  });
  await ns.must([NODE, ADD_HOSTS, join(lab.dir, 'data'), ...hosts.map((host) => JSON.stringify(host))]);
}

/** Its config, written without the appliance’s template code. */
export function configOf({ name, mac, ip }: Member): string {
  return `# lab config\nhost=${name}\nmac=${mac}\naddress=${ip}\nrole=${name}-role\n`;
}

/** It booted once, with arguments and config of its own. A job may be over when the system has its address, a little earlier. */
export async function judgeGuest({ member, machine }: FleetMachine): Promise<void> {
  await machine.waitFor(/LAB-DONE/, 30_000);
  expectThat(argumentsOf(machine).includes(` lab.name=${member.name} `), `${member.name} was given the arguments of another`);
  const right = createHash('sha256').update(configOf(member)).digest('hex');
  expectThat(machine.allSaid('CONFIG-SHA256').join() === right, `${member.name} was given the config of another, or booted twice`);
}

/** Each job is done, is its own host’s alone (its medium, its token, the events that it rests on), and no more than so many ran at once. */
export function judgeFleet(lab: Lab, fleet: readonly Member[], jobs: readonly Job[], events: readonly BenchEvent[], most: number): void {
  expectThat(jobs.length === fleet.length, `there are ${jobs.length} jobs of ${fleet.length} hosts`);
  expectThat(new Set(jobs.map(({ token }) => token)).size === fleet.length, 'two jobs share a token');
  const hostOf = new Map(events.map(({ seq, host }) => [seq, host]));
  for (const { host, state, mediaUrl, steps } of jobs) {
    const mac = fleet.find(({ name }) => name === host)?.mac.replaceAll(':', '-') ?? 'nobody';
    expectThat(state === 'done', `the job of ${host} is ${state}: ${JSON.stringify(steps.find(({ error }) => error)?.error)}`);
    expectThat(mediaUrl?.includes(`/${mac}/`) ?? false, `${host} was given ${mediaUrl ?? 'nothing'}`);
    const foreign = steps.flatMap((step) => step.events).filter((seq) => hostOf.get(seq) !== host);
    expectThat(
      foreign.length === 0,
      `${host} rests on events of others: ${foreign.map((seq) => `${seq} ${hostOf.get(seq) ?? 'no machine'}`).join()}`,
    );
  }
  const busiest = Math.max(...jobs.map((job) => jobs.filter((other) => overlaps(job, other)).length));
  lab.fact('concurrent jobs, at most', busiest);
  expectThat(busiest <= most && busiest > 1, `${busiest} jobs ran concurrently, where ${most} may`);
}

/** The other ran when this one was started. */
function overlaps({ startedAt = 0 }: Job, { startedAt: from = Infinity, endedAt: to = Infinity }: Job): boolean {
  return from <= startedAt && startedAt < to;
}
