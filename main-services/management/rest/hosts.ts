import { BootbenchError } from '../../../contract/errors.ts';
import { hostTargetName } from '../../../contract/iscsi.ts';
import { LOCAL_BOOT, type Assignment, type Host } from '../../../contract/inventory.ts';
import { isObject, type JsonObject } from '../body.ts';
import type { Caller } from './call.ts';
import { chapChangeOf, storeChap } from './host-chap.ts';
import { renamed, restObject, unknownFields, type Outcome, type Resource, type RestObject } from './resource.ts';

const KIND = 'BareMetalHost';
/** Members of spec that are the host's own. */
const HOST_NAMES = { arch: 'arch', vars: 'vars', localBoot: 'localBoot', console: 'console', triggers: 'triggers', iscsi: 'iscsi' };
/** Members of spec that stand for the first interface. */
const FIRST_INTERFACE = { bootMACAddress: 'mac', ip: 'ip', hostname: 'hostname' };
/** Members of spec that make the assignment. */
const ASSIGNMENT = ['image', 'bootConfigRef', 'mode', 'args', 'method', 'afterConfigRef'];
const KNOWN = [...Object.keys(HOST_NAMES), ...Object.keys(FIRST_INTERFACE), ...ASSIGNMENT, 'interfaces', 'bmc'];

export function hostResource(call: Caller): Resource {
  const apply = async (name: string, spec: JsonObject, change: JsonObject, before?: Assignment): Promise<Outcome> => {
    const password = passwordOf(spec);
    const chap = chapChangeOf(spec);
    const { host, notes } = await call('host.apply', { name, ...change, assignment: assignmentOf(spec, before) });
    const saved = password === undefined ? [] : await storePassword(host, password);
    const chapSaved = await storeChap(call, host, chap);
    return { object: toObject(host), warnings: [...unknownFields(spec, KNOWN), ...saved, ...chapSaved, ...notes] };
  };
  /** What the caller should know of where the password is. */
  const storePassword = async ({ name, bmc }: Host, password: string): Promise<string[]> => {
    const { stored } = await call('bmc.setCredentials', { host: name, username: bmc?.username ?? '', password });
    return stored ? [] : ['spec.bmc.password is stored for this session only: this computer has no secure storage for it'];
  };
  return {
    kind: KIND,
    changes: 'host',
    ofSnapshot: ({ hosts }) => hosts.map(toObject),
    ofChange: (change) => (change.kind === 'host' ? toObject(change.object) : undefined),
    get: async (name) => toObject(await call('host.get', { name })),
    create: (name, spec) => apply(name, spec, { add: { ...hostPatch(spec, []), name } }),
    patch: async (name, spec) => {
      const before = await call('host.get', { name });
      return apply(name, spec, { patch: hostPatch(spec, before.interfaces) }, before.assignment);
    },
    remove: (name) => call('host.remove', { name }),
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
 * PATCH does not arm the host again), null for none. An empty image means none, as in mkube's BareMetalHost.
 */
function assignmentOf(spec: JsonObject, before?: Assignment): JsonObject | null | undefined {
  if (!ASSIGNMENT.some((key) => key in spec)) return undefined;
  const wanted: JsonObject = { ...assignmentSpec(before), ...spec };
  const image = wanted.image ?? '';
  if (image === '' && !given(spec.bootConfigRef)) return null;
  if (image === '') throw new BootbenchError('E_BAD_INPUT', 'spec.bootConfigRef requires spec.image.');
  if (before && ASSIGNMENT.every((key) => wanted[key] === assignmentSpec(before)[key])) return undefined;
  return {
    image,
    config: 'bootConfigRef' in spec ? given(spec.bootConfigRef) : undefined,
    mode: wanted.mode ?? undefined,
    args: wanted.args ?? undefined,
    method: wanted.method ?? undefined,
    after: 'afterConfigRef' in spec ? afterOf(spec.afterConfigRef) : before?.after,
  };
}

function given(value: unknown): unknown {
  return value === '' || value === undefined ? null : value;
}

function afterOf(config: unknown): JsonObject | undefined {
  return given(config) === null ? undefined : { image: LOCAL_BOOT, config };
}

function assignmentSpec(assignment: Assignment | undefined): JsonObject {
  if (!assignment) return {};
  const { image, config, mode, args, method, after } = assignment;
  return { image, bootConfigRef: config, mode, args, method, afterConfigRef: after?.config };
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
