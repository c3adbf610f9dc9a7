import type { Settings } from '../../contract/appliance.ts';
import { isFillInUuid } from '../../contract/fill-in.ts';
import type { Host, HostFacts, Interface } from '../../contract/inventory.ts';
import { withoutUndefined } from '../../util/text.ts';
import type { Activity } from '../activity/activity.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { HostInterface, Identity, ScriptRequest, View } from './boot.ts';
import type { ClientIdentity } from './decide/client-identity.ts';
import type { AddressEvents } from '../protection/address-events.ts';
import { noteClient } from './note-client.ts';
import { scriptFor, waitingScript, type ScriptAnswer, type ScriptContext } from './script/script-answer.ts';
import { requestWithFactsScript } from './script/scripts.ts';
import { notIdentified, scriptRefused, UNEXPANDED_FACTS } from './script/sentences.ts';

export interface ServeScriptDeps {
  readonly settings: Pick<Settings, 'unknown' | 'iscsiPort'>;
  readonly inventory: Pick<Inventory, 'findByMac' | 'findByUuid' | 'discover' | 'recordFacts' | 'recordOtherReport'>;
  readonly activity: Pick<Activity, 'record'>;
  readonly strangers: AddressEvents;
  readonly bootUrl: () => string;
  readonly identifyMac: (mac: string, facts: HostFacts) => Identity;
  readonly identifyClient: (ip: string, claimedMac: string) => Promise<ClientIdentity>;
  /** Whether the address is the machine's with this MAC, host or not. */
  readonly isFrom: (mac: string, ip: string) => Promise<boolean>;
  readonly chapAccount: ScriptContext['chapAccount'];
  readonly makeView: (host: Host, iface: Interface, buildArch: string | undefined) => Promise<View>;
}

/** The iPXE script of the machine that requests it, with its event. */
export async function serveScript(
  deps: ServeScriptDeps,
  request: ScriptRequest,
): Promise<{ text: string; host?: string; reasons: string[] }> {
  if (hasUnexpanded(request)) return { text: requestWithFactsScript(deps.bootUrl()), reasons: [UNEXPANDED_FACTS] };
  const { text, host, message, reasons, refused } = await scriptAnswer(deps, request);
  const type = refused ? 'script.refused' : 'script.served';
  const event = { type, host, mac: request.mac, ip: request.ip, message, data: { reasons } } as const;
  // A host's own script is evidence. Anyone may ask for an unknown MAC, or for a host's and be refused.
  if (host !== undefined && !refused) deps.activity.record(event);
  else deps.strangers.record(event, host === undefined ? undefined : message);
  return { text, host, reasons };
}

async function scriptAnswer(deps: ServeScriptDeps, request: ScriptRequest): Promise<ScriptAnswer> {
  const { mac, ip, wait: round = 0 } = request;
  const { inventory, settings } = deps;
  const facts = factsOf(request);
  const identity = deps.identifyMac(mac, facts);
  const found = inventory.findByMac(mac);
  const refused = found && (await refusedScript(deps, request, found));
  if (refused) return refused;
  // Adopting a machine confirms what is stored about it. So only its own report is stored, also before it is a host.
  const isOwn = found !== undefined || (await deps.isFrom(mac, ip));
  noteClient(deps, mac, identity, isOwn ? { facts, ip, uuid: facts.uuid } : { facts: {} });
  if (identity.kind === 'mismatch') inventory.recordOtherReport(identity.host.name, mac, facts);
  return scriptFor({
    identity,
    mac,
    unknown: settings.unknown,
    bootUrl: deps.bootUrl(),
    round,
    iscsiPort: settings.iscsiPort,
    chapAccount: deps.chapAccount,
    makeView: (host, iface) => deps.makeView(host, iface, request.buildArch),
  });
}

/** For a request that names a host's MAC and does not come from that machine: a script that shows why. */
async function refusedScript(deps: ServeScriptDeps, request: ScriptRequest, { host }: HostInterface): Promise<ScriptAnswer | undefined> {
  const client = await deps.identifyClient(request.ip, request.mac);
  if (client.kind === 'machine') return undefined;
  const { reason, message, next } = client;
  const script = waitingScript({ bootUrl: deps.bootUrl(), round: request.wait ?? 0 }, notIdentified(host.name, message, next), host.name);
  return { ...script, message: scriptRefused(request.ip, host.name, message, next), reasons: [reason, message] };
}

/** A fill-in UUID is none: two boards that report it are not one machine. */
function factsOf({ uuid, serial, product, manufacturer, secureBoot }: ScriptRequest): HostFacts {
  const ownUuid = uuid !== undefined && isFillInUuid(uuid) ? undefined : uuid;
  return withoutUndefined({ uuid: ownUuid, serial, product, manufacturer, secureBoot: secureBootOf(secureBoot) });
}

/** A loader that does not expand settings in DHCP's file name sends them unexpanded. */
function hasUnexpanded({ uuid, serial, product, manufacturer, buildArch }: ScriptRequest): boolean {
  return [uuid, serial, product, manufacturer, buildArch].some((value) => value?.includes('${'));
}

/** iPXE prints the EFI variable SecureBoot as hex: 01 on, 00 off, empty on BIOS. */
function secureBootOf(value: string | undefined): HostFacts['secureBoot'] {
  if (value === '01' || value === '1') return 'on';
  return value === '00' || value === '0' ? 'off' : undefined;
}
