import { BootbenchError } from '../../../contract/errors.ts';
import { hostTargetName } from '../../../contract/iscsi.ts';
import { LOCAL_BOOT, type Assignment, type Host, type WriteOptions } from '../../../contract/inventory.ts';
import { isObject, type JsonObject } from '../body.ts';
import type { Caller } from './call.ts';
import { alignInterfaces } from './first-interface.ts';
import { chapChangeOf, missingSecret, storeChap } from './host-chap.ts';
import { renamed, restObject, type Outcome, type Resource, type RestObject, type Column } from './resource.ts';
import { HostSpec } from './schemas.ts';
import { withoutImage, NO_INTERFACE, SESSION_PASSWORD } from './sentences.ts';

const KIND = 'BareMetalHost';
/** Members of spec that are the host's own. */
const HOST_NAMES = { arch: 'arch', vars: 'vars', localBoot: 'localBoot', console: 'console', triggers: 'triggers', iscsi: 'iscsi' };
/** Members of spec that stand for the first interface. */
const FIRST_INTERFACE = { bootMACAddress: 'mac', ip: 'ip', hostname: 'hostname' };
/** Members of spec that make the assignment. */
const WITH_IMAGE = ['bootConfigRef', 'mode', 'args', 'method', 'deliver', 'afterConfigRef'];
const ASSIGNMENT = ['image', ...WITH_IMAGE];

const COLUMNS: readonly Column[] = [
  { name: 'MAC', of: ({ spec }) => spec.bootMACAddress },
  { name: 'IP', of: ({ spec }) => spec.ip },
  { name: 'Image', of: ({ spec }) => spec.image },
  { name: 'Config', of: ({ spec }) => spec.bootConfigRef },
  { name: 'State', of: ({ status }) => isObject(status.assignment) && status.assignment.state },
  { name: 'BMC', priority: 1, of: ({ spec }) => isObject(spec.bmc) && spec.bmc.address },
  { name: 'Console', priority: 1, of: ({ spec }) => spec.console },
];

export function hostResource(call: Caller): Resource {
  const apply = async (
    name: string,
    { spec, options, before }: { spec: JsonObject; options: WriteOptions; before?: Assignment | undefined },
    change: JsonObject,
  ): Promise<Outcome> => {
    const password = passwordOf(spec);
    const chap = chapChangeOf(spec);
    const wanted = { name, ...change, ...options, assignment: assignmentOf(spec, before) };
    if (chap.kind === 'secrets') {
      const planned = await call('host.apply', { ...wanted, dryRun: true });
      await storeChap(call, planned.host, chap, true);
    }
    const { host, notes } = await call('host.apply', wanted);
    notes.push(...(await missingSecret(call, host, spec, chap)));
    if (options.dryRun === true || (password === undefined && chap.kind === 'none')) return { object: toObject(host), warnings: notes };
    const saved = password === undefined ? [] : await storePassword(host, password);
    const chapSaved = await storeChap(call, host, chap, false);
    return { object: toObject(await call('host.get', { name })), warnings: [...saved, ...chapSaved, ...notes] };
  };
  /** What the caller should know of where the password is. */
  const storePassword = async ({ name, bmc }: Host, password: string): Promise<string[]> => {
    const { stored } = await call('bmc.setCredentials', { host: name, username: bmc?.username ?? '', password });
    return stored ? [] : [SESSION_PASSWORD];
  };
  return {
    kind: KIND,
    changes: 'host',
    columns: COLUMNS,
    schema: HostSpec,
    ofSnapshot: ({ hosts }) => hosts.map(toObject),
    ofChange: (change) => (change.kind === 'host' ? toObject(change.object) : undefined),
    get: async (name) => toObject(await call('host.get', { name })),
    create(name, spec, options) {
      const add = { ...hostPatch(spec, []), name };
      if (!('interfaces' in add)) throw new BootbenchError('E_BAD_INPUT', NO_INTERFACE);
      return apply(name, { spec, options }, { add });
    },
    patch: async (name, spec, options) => {
      const { interfaces, assignment: before } = await call('host.get', { name });
      return apply(name, { spec, options, before }, { patch: hostPatch(spec, interfaces) });
    },
    remove: (name, options) => call('host.remove', { name, ...options }),
    align: alignInterfaces,
  };
}

/** What `spec` says of the host itself. A merge replaces arrays whole, so the interfaces are merged here. */
function hostPatch(spec: JsonObject, before: Host['interfaces']): JsonObject {
  const patch = renamed(spec, HOST_NAMES);
  const first = renamed(spec, FIRST_INTERFACE);
  const { bmc } = spec;
  if (isObject(bmc)) patch.bmc = renamed(bmc, { address: 'address', username: 'username', urlScheme: 'urlScheme' });
  else if (bmc !== undefined) patch.bmc = bmc;
  if ('interfaces' in spec || Object.keys(first).length > 0) patch.interfaces = mergeFirst(spec.interfaces ?? before, first);
  return patch;
}

function mergeFirst(interfaces: unknown, first: JsonObject): unknown {
  if (!Array.isArray(interfaces) || Object.keys(first).length === 0) return interfaces;
  const [old, ...others] = interfaces as unknown[];
  const merged = Object.entries({ ...(isObject(old) && old), ...first }).filter(([, value]) => value !== null);
  return [Object.fromEntries(merged), ...others];
}

/**
 * The assignment that `spec` asks for: undefined when it names none of its members or changes nothing (so a repeated
 * PATCH does not arm the host again), null for none. An empty image means none, as in mkube's BareMetalHost. E_BAD_INPUT where a member
 * would be lost because there is no image.
 */
function assignmentOf(spec: JsonObject, before?: Assignment): JsonObject | null | undefined {
  if (!ASSIGNMENT.some((key) => key in spec)) return undefined;
  const wanted: JsonObject = { ...assignmentSpec(before), ...spec };
  const image = wanted.image ?? '';
  if (image === '') {
    const [lost] = WITH_IMAGE.filter((key) => given(spec[key]) !== null && (spec.image !== '' || key === 'bootConfigRef'));
    if (lost !== undefined) throw new BootbenchError('E_BAD_INPUT', withoutImage(lost));
    return null;
  }
  if (before && ASSIGNMENT.every((key) => (given(wanted[key]) ?? DEFAULTS[key]) === assignmentSpec(before)[key])) return undefined;
  return {
    image,
    config: 'bootConfigRef' in spec ? given(spec.bootConfigRef) : undefined,
    mode: wanted.mode ?? undefined,
    args: wanted.args ?? undefined,
    method: wanted.method ?? undefined,
    deliver: wanted.deliver ?? undefined,
    after: 'afterConfigRef' in spec ? afterOf(spec.afterConfigRef) : before?.after,
  };
}

/** What null or an absent member of an assignment means, where that is not undefined. */
const DEFAULTS: JsonObject = { mode: 'once' };

function given(value: unknown): unknown {
  return value === '' || value === undefined ? null : value;
}

function afterOf(config: unknown): JsonObject | undefined {
  return given(config) === null ? undefined : { image: LOCAL_BOOT, config };
}

function assignmentSpec(assignment: Assignment | undefined): JsonObject {
  if (!assignment) return {};
  const { image, config, mode, args, method, deliver, after } = assignment;
  return { image, bootConfigRef: config, mode, args, method, deliver, afterConfigRef: after?.config };
}

/** It goes in and never comes out again. An empty one, as templates have it, is none. */
function passwordOf({ bmc }: JsonObject): string | undefined {
  const password = isObject(bmc) ? bmc.password : undefined;
  if (password === undefined || password === null || password === '') return undefined;
  if (typeof password === 'string' && password.length <= 256) return password;
  throw new BootbenchError('E_BAD_INPUT', 'spec.bmc.password: expected a string of at most 256 characters.');
}

function toObject(host: Host): RestObject {
  const { interfaces, arch, vars, localBoot, bmc, facts, confirmed, otherReport, assignment, updatedAt } = host;
  const [first] = interfaces;
  const spec = {
    bootMACAddress: first?.mac.toUpperCase(),
    ip: first?.ip,
    hostname: first?.hostname,
    ...assignmentSpec(assignment),
    bmc,
    arch,
    console: host.console,
    triggers: host.triggers,
    iscsi: host.iscsi,
    localBoot,
    vars,
    interfaces,
  };
  const boot = assignment && {
    state: assignment.state,
    armedAt: assignment.armedAt,
    doneAt: assignment.doneAt,
    evidence: assignment.evidence,
  };
  return restObject(KIND, host, spec, {
    targetIQN: first && hostTargetName(first.mac),
    facts,
    confirmed,
    otherReport,
    assignment: boot,
    updatedAt,
  });
}
