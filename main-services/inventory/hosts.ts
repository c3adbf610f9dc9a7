import { BootbenchError } from '../../contract/errors.ts';
import { Host, HostInput, type AssignmentInput, type HostFacts, type Interface } from '../../contract/inventory.ts';
import { badInput } from '../../contract/port.ts';
import type { Clock } from '../../contract/runtime.ts';
import { interfaceIndex } from '../../db/interfaces.ts';
import { objects, type Objects } from '../../db/objects.ts';
import type { Db } from '../../db/open.ts';
import type { Activity } from '../activity/activity.ts';
import { incompatibility, settleConfig, type AssignmentDeps } from './assignment-rules.ts';
import type { Inventory } from './inventory.ts';
import { confirmedOf, otherReportOf } from './identity-facts.ts';
import { mergePatch, type JsonPatch } from '../../util/merge-patch.ts';
import { withoutUndefined } from '../../util/text.ts';

type HostPart = Pick<
  Inventory,
  | 'listHosts'
  | 'getHost'
  | 'addHost'
  | 'patchHost'
  | 'removeHost'
  | 'findByMac'
  | 'findByIp'
  | 'findByUuid'
  | 'recordFacts'
  | 'recordOtherReport'
  | 'confirmIdentity'
  | 'forgetReport'
  | 'assign'
  | 'unassign'
  | 'setAssignmentState'
>;

/** Members of a host that a patch may name; the rest is the appliance's own. */
const PATCHABLE = new Set(Object.keys(HostInput.shape).filter((key) => key !== 'name'));

export function hostInventory(db: Db, world: AssignmentDeps, activity: Activity, clock: Clock): HostPart {
  const rows: Objects<Host> = objects(db, 'host');
  const index = interfaceIndex(db);

  const get = (name: string): Host => {
    const host = rows.get(name);
    if (!host) throw new BootbenchError('E_NOT_FOUND', `There is no host "${name}".`);
    return host;
  };

  const save = (host: Host): Host => {
    refuseTaken(host);
    const saved: Host = { ...host, updatedAt: clock.now() };
    db.write(() => {
      rows.put(saved.name, saved);
      index.replace(saved);
    });
    return saved;
  };

  const refuseTaken = (host: Host): void => {
    const macs = new Set<string>();
    for (const { mac, ip } of host.interfaces) {
      const owner = index.hostOfMac(mac);
      if (macs.has(mac) || (owner !== undefined && owner !== host.name))
        throw new BootbenchError('E_EXISTS', `MAC ${mac} belongs to host "${owner ?? host.name}".`, {
          details: { conflict: { kind: 'mac', value: mac, owner: owner ?? host.name } },
        });
      macs.add(mac);
      const holder = ip === undefined ? undefined : index.hostOfIp(ip);
      if (holder !== undefined && holder !== host.name)
        throw new BootbenchError('E_EXISTS', `Address ${ip ?? ''} is reserved for host "${holder}".`, {
          details: { conflict: { kind: 'ip', value: ip ?? '', owner: holder } },
        });
    }
    const addresses = host.interfaces.flatMap((iface) => iface.ip ?? []);
    if (new Set(addresses).size < addresses.length)
      throw new BootbenchError('E_EXISTS', `Two interfaces of host "${host.name}" have one address.`);
  };

  const find = (name: string | undefined, matches: (iface: Interface) => boolean): { host: Host; iface: Interface } | undefined => {
    const host = name === undefined ? undefined : rows.get(name);
    const iface = host?.interfaces.find(matches);
    return host && iface ? { host, iface } : undefined;
  };

  const arm = (name: string, input: AssignmentInput): { host: Host; notes: string[] } => {
    const host = get(name);
    const { config, notes } = settleConfig(world, input.image, input.config, host.assignment?.config);
    const after = input.after;
    if (after?.config !== undefined) {
      const sentence = incompatibility(world, after.image, after.config);
      if (sentence !== undefined) throw new BootbenchError('E_CONFIG_INCOMPATIBLE', sentence);
    }
    const armed = { state: 'armed' as const, armedAt: clock.now(), armedAfter: activity.lastSeq(), evidence: [] };
    // Whoever arms a host means the machine that its page shows.
    const confirmed = host.confirmed ?? confirmedOf(host.facts, 'person');
    const saved = save({ ...host, confirmed, assignment: { ...input, config, ...armed } });
    const withConfig = config === undefined ? '' : ` with config ${config}`;
    activity.record({
      type: 'assignment.armed',
      host: name,
      message: `${name} will boot ${input.image}${withConfig} ${input.mode === 'once' ? 'once, then its own disk' : 'every time'}.`,
      data: { image: input.image, config: config ?? null, mode: input.mode, notes },
    });
    return { host: saved, notes };
  };

  return {
    listHosts: () => rows.list(),
    getHost: get,
    addHost(input) {
      if (rows.get(input.name)) {
        throw new BootbenchError('E_EXISTS', `Host "${input.name}" already exists.`, {
          details: { conflict: { kind: 'name', value: input.name, owner: input.name } },
        });
      }
      const now = clock.now();
      return db.write(() => {
        const host = save({ ...input, facts: {}, createdAt: now, updatedAt: now });
        const discovered = objects(db, 'discovered');
        for (const { mac } of input.interfaces) discovered.remove(mac);
        return host;
      });
    },
    patchHost(name, patch) {
      const host = get(name);
      const parsed = Host.safeParse({ ...(mergePatch(host, onlyPatchable(patch)) as JsonPatch), name });
      if (!parsed.success) throw badInput(`host ${name}`, parsed.error.issues);
      return save(parsed.data);
    },
    removeHost(name) {
      get(name);
      rows.remove(name);
    },
    findByMac: (mac) => find(index.hostOfMac(mac), (iface) => iface.mac === mac),
    findByIp(ip) {
      const found = find(index.hostOfIp(ip), (iface) => iface.ip === ip);
      return found ? [found] : [];
    },
    findByUuid: (uuid) => rows.list().find((host) => host.facts.uuid === uuid),
    recordFacts(name, facts: HostFacts, by = 'machine') {
      const host = get(name);
      const merged = { ...host.facts, ...withoutUndefined(facts) };
      const vouched = by === 'bmc' ? confirmedOf(facts, 'bmc') : undefined;
      const confirmed = vouched ? { ...host.confirmed, ...vouched } : host.confirmed;
      if (JSON.stringify([merged, confirmed]) === JSON.stringify([host.facts, host.confirmed])) return;
      save({ ...host, facts: merged, confirmed });
      const who = by === 'bmc' ? `The BMC of ${name}` : name;
      activity.record({ type: 'host.facts', host: name, message: `${who} reports: ${factWords(merged)}.` });
    },
    recordOtherReport(name, mac, facts) {
      const host = get(name);
      const otherReport = otherReportOf(host, mac, facts, clock.now());
      if (otherReport) save({ ...host, otherReport });
    },
    confirmIdentity(name) {
      const { otherReport, ...host } = get(name);
      const { mac: _mac, at: _at, ...reported } = otherReport ?? { mac: undefined, at: undefined };
      const facts = { ...host.facts, ...reported };
      const saved = save({ ...host, facts, confirmed: confirmedOf(facts, 'person') });
      activity.record({
        type: 'host.facts',
        host: name,
        message: `${name} was confirmed to be this machine: ${factWords(facts) || 'it has reported nothing yet'}.`,
      });
      return saved;
    },
    forgetReport(name) {
      const { otherReport, ...host } = get(name);
      const { confirmed: _dropped, ...unknown } = host;
      const saved = save(otherReport ? host : { ...unknown, facts: {} });
      const what = otherReport ? `What a machine with MAC ${otherReport.mac} reported` : 'What its machine reported';
      activity.record({ type: 'host.facts', host: name, message: `${what} was forgotten for ${name}.` });
      return saved;
    },
    assign: (name, input) => arm(name, input),
    unassign(name) {
      const { assignment: _dropped, ...host } = get(name);
      return save(host);
    },
    setAssignmentState(name, state, evidence) {
      const host = get(name);
      if (!host.assignment) throw new BootbenchError('E_NOT_FOUND', `Host "${name}" has no assignment.`);
      const doneAt = state === 'done' ? clock.now() : undefined;
      return save({ ...host, assignment: { ...host.assignment, state, evidence, doneAt } });
    },
  };
}

function onlyPatchable(patch: JsonPatch): JsonPatch {
  const foreign = Object.keys(patch).filter((key) => !PATCHABLE.has(key));
  if (foreign.length > 0)
    throw new BootbenchError(
      'E_BAD_INPUT',
      `A host has no field ${foreign.join(', ')} that can be set; it has ${[...PATCHABLE].join(', ')}.`,
    );
  return patch;
}

const FACT_WORDS: readonly (readonly [keyof HostFacts, string])[] = [
  ['manufacturer', 'made by'],
  ['product', 'product'],
  ['serial', 'serial'],
  ['uuid', 'UUID'],
  ['secureBoot', 'Secure Boot'],
  ['firmwareArch', 'architecture'],
];

function factWords(facts: HostFacts): string {
  return FACT_WORDS.flatMap(([fact, word]) => (facts[fact] === undefined ? [] : [`${word} ${facts[fact]}`])).join(', ');
}
