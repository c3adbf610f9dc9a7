import type { Settings } from '../../contract/appliance.ts';
import { asBootbenchError, BootbenchError } from '../../contract/errors.ts';
import { isFillInUuid } from '../../contract/fill-in.ts';
import { Assignment, type AssignmentInput, type Host, type HostFacts, type Interface } from '../../contract/inventory.ts';
import { parseMac } from '../../contract/primitives.ts';
import type { Clock, Log } from '../../contract/runtime.ts';
import type { FinalArguments } from '../../contract/views.ts';
import type { Activity } from '../activity/activity.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { openIsoFile } from '../iso/files/iso-file.ts';
import { loaderBits, type LoaderBits } from '../iso/bootconfig/loader-limits.ts';
import { parseArchOverrides, type ArchOverrides } from './decide/architecture.ts';
import type { BootFileCatalogue } from './files/boot-files.ts';
import type { BootService, BootClient, Identity, ScriptRequest, View } from './boot.ts';
import { ChainMemory } from './script/chain-memory.ts';
import { currentConfig, frozenConfig, previewConfig } from './views/config-serving.ts';
import { decideBoot } from './decide/decide.ts';
import { explainHost } from './explain.ts';
import { answerFile } from './files/files.ts';
import { identifier } from './decide/identify.ts';
import type { ImageLibrary } from './views/image-library.ts';
import { isoSubject } from './views/iso-subject.ts';
import { scriptFor, waitingScript, type ScriptAnswer } from './script/script-answer.ts';
import { previewArguments } from './views/preview-arguments.ts';
import { receiptOf, viewSha256 } from './views/receipts.ts';
import { askWithFactsScript, viewUrl } from './script/scripts.ts';
import type { Views, ViewSubject } from './views/views.ts';
import { isFrom, machineOf, unknownClientError, identifyClient, type Found, type ClientIdentity, type SourceAddressFacts } from './decide/client-identity.ts';
import { withoutUndefined } from '../../util/text.ts';

export interface BootDeps {
  readonly settings: Settings;
  readonly inventory: Inventory;
  readonly activity: Activity;
  readonly catalogue: BootFileCatalogue;
  readonly views: Views;
  readonly library: ImageLibrary;
  readonly clock: Clock;
  readonly log: Log;
  /** `http://address:port` of the boot plane now; E_NIC_NO_ADDRESS while it has none. */
  readonly bootUrl: () => string;
  /** `scheme://address:port` at which the host’s BMC reads ISOs; the boot plane’s unless given. */
  readonly mediaBase?: (host: Host) => Promise<string>;
  readonly macOfAddress: (ip: string) => string | undefined;
  readonly addressOfMac: (mac: string) => string | undefined;
  /** What is known of a source address now. */
  readonly wire: (ip: string) => Promise<SourceAddressFacts>;
}

/** What every firmware reads first of a medium. */
const VOLUME_DESCRIPTOR = { offset: 16 * 2048, length: 2048 };
/** A token-less view stays the same until nobody read it for this long, in milliseconds (DESIGN decision 3). */
const PIN_IDLE = 15 * 60_000;

export function openBootService(deps: BootDeps): BootService {
  const { settings, inventory, activity, catalogue, views, clock, bootUrl } = deps;
  const overrides = overridesIn(settings, catalogue);
  overrides();
  const { byMac, byAddress } = identifier(inventory, deps.macOfAddress);
  const chained = new ChainMemory(clock);
  const pins = new Map<string, { token: string; armed: string; usedAt: number }>();

  const asker = async (ip: string, claims?: string, elsewhere?: boolean): Promise<ClientIdentity> =>
    identifyClient({ ip, claimedMac: claims, otherPort: elsewhere }, await deps.wire(ip), inventory);

  const subjectFor = (host: Host, iface: Interface, purpose: ViewSubject['purpose'], sourceISO?: string): ViewSubject =>
    isoSubject({ settings, inventory, bootUrl: bootUrl(), leasedIp: deps.addressOfMac(iface.mac) }, host, iface, purpose, sourceISO);
  const netbootSubject = (host: Host, iface: Interface, bits: LoaderBits | undefined): ViewSubject => ({
    ...subjectFor(host, iface, 'netboot'),
    loaderBits: bits,
  });
  const argumentsOf = (host: Host, iface: Interface): Promise<FinalArguments> => {
    const bits = loaderBits(undefined, host.facts.firmwareArch);
    return previewArguments((way) => ({ ...subjectFor(host, iface, way), loaderBits: bits }), deps.library);
  };
  const receiptWorld = { views, activity, bootUrl, mediaBase: deps.mediaBase };

  /** Remembers what a machine says of itself, as long as it is who its MAC says. */
  const notice = (mac: string, identity: Identity, facts: HostFacts, more: { vendorClass?: string; ip?: string; uuid?: string }): void => {
    if (identity.kind === 'unknown') {
      const known = more.uuid === undefined ? undefined : inventory.findByUuid(more.uuid);
      const { isNew } = inventory.discover({ mac, facts, vendorClass: more.vendorClass, address: more.ip });
      if (isNew && known) {
        activity.record({
          type: 'host.known-uuid-new-mac',
          host: known.name,
          mac,
          message: `A machine with the UUID of ${known.name} asked with the new MAC ${mac}: add it as an interface of ${known.name} if it is the same machine.`,
        });
      }
    }
    if (identity.kind === 'host') noteReport(identity.host, mac, facts);
    if (identity.kind === 'mismatch') activity.record({ type: 'boot.mismatch', host: identity.host.name, mac, message: identity.message });
  };

  /** A machine that reports other than before may be another one; as long as neither is confirmed, that is only told. */
  const noteReport = ({ name, facts: known }: Host, mac: string, facts: HostFacts): void => {
    const changed = (['uuid', 'serial'] as const).filter(
      (fact) => facts[fact] !== undefined && known[fact] !== undefined && facts[fact] !== known[fact],
    );
    if (changed.length > 0) {
      const words = changed.map(
        (fact) => `${fact === 'uuid' ? 'UUID' : 'serial number'} ${facts[fact] ?? ''} instead of ${known[fact] ?? ''}`,
      );
      const text = `The machine with MAC ${mac} of ${name} reports ${words.join(' and ')}. Neither is confirmed, so it boots.`;
      activity.record({ type: 'boot.mismatch', host: name, mac, message: text });
    }
    inventory.recordFacts(name, facts);
  };

  /** For a request that names a host’s MAC and does not come from that machine: a script that says why. */
  const refusedScript = async ({ mac, ip }: ScriptRequest, { host }: Found, round: number): Promise<ScriptAnswer | undefined> => {
    const who = await asker(ip, mac);
    if (who.kind === 'machine') return undefined;
    const said = `This is not known to be ${host.name}. ${who.message} ${who.next}`;
    const sentence = `${ip} asked for the script of ${host.name} and did not get it. ${who.message} ${who.next}`;
    const answer = waitingScript({ bootUrl: bootUrl(), round }, said, host.name);
    return { ...answer, message: sentence, reasons: [who.reason, who.message] };
  };

  const scriptAnswer = async (request: ScriptRequest, round: number): Promise<ScriptAnswer> => {
    const facts = factsOf(request);
    const identity = byMac(request.mac, facts);
    const found = inventory.findByMac(request.mac);
    const refused = found && (await refusedScript(request, found, round));
    if (refused) return refused;
    // Adopting a machine confirms what is kept of it. So only its own report is kept, also before it is a host.
    const isOwn = found !== undefined || isFrom(request.mac, await deps.wire(request.ip));
    notice(request.mac, identity, isOwn ? facts : {}, isOwn ? { ip: request.ip, uuid: facts.uuid } : {});
    if (identity.kind === 'mismatch') inventory.recordOtherReport(identity.host.name, request.mac, facts);
    return scriptFor({
      identity,
      mac: request.mac,
      unknown: settings.unknown,
      bootUrl: bootUrl(),
      round,
      makeView: (host, iface) => views.make(netbootSubject(host, iface, loaderBits(request.buildArch, host.facts.firmwareArch))),
    });
  };

  const pinned = async (host: Host, iface: Interface): Promise<View> => {
    const now = clock.now();
    const pin = pins.get(iface.mac);
    if (pin && now - pin.usedAt < PIN_IDLE && pin.armed === armingOf(host)) {
      pin.usedAt = now;
      const view = await views.find(iface.mac, pin.token).catch(outdated);
      if (view) return view;
    }
    const view = await views.make(subjectFor(host, iface, 'medium'));
    pins.set(iface.mac, { token: view.token, armed: armingOf(host), usedAt: now });
    return view;
  };

  return {
    identifyMac: byMac,
    identifyAddress: byAddress,

    decide(client: BootClient) {
      const identity = byMac(client.mac, { uuid: client.uuid });
      const world = {
        identity,
        unknown: settings.unknown,
        overrides: overrides(),
        bootUrl: bootUrl(),
        fetchedOwnBootFile: chained.fetched(client.mac),
      };
      return decideBoot(client, world);
    },

    notice({ mac, uuid, arch, vendorClass }) {
      const identity = byMac(mac, { uuid });
      // Anyone can send DHCP in a machine's name, so the UUID is not kept: the script asks for it again.
      notice(mac, identity, withoutUndefined({ firmwareArch: arch }), { vendorClass, uuid });
    },

    async script(request) {
      if (hasUnexpanded(request))
        return {
          text: askWithFactsScript(bootUrl()),
          reasons: ['The loader did not fill in what it knows of the machine, so it is asked again by a script.'],
        };
      const { text, host, message: sentence, reasons, refused } = await scriptAnswer(request, request.wait ?? 0);
      activity.record({
        type: refused ? 'script.refused' : 'script.served',
        host,
        mac: request.mac,
        ip: request.ip,
        message: sentence,
        data: { reasons },
      });
      return { text, host, reasons };
    },

    file: (path, { ip }) =>
      answerFile(path, {
        catalogue,
        bootUrl: bootUrl(),
        identify: (mac) => byMac(mac),
        macOfClient: () => deps.macOfAddress(ip),
        fetched: async (mac, name) => {
          const who = await asker(ip, mac);
          if (who.kind === 'machine' || who.reason !== 'other-machine') chained.note(mac, name, byMac(mac));
        },
      }),

    view: (mac, token) => views.find(mac, token),

    async viewByMac(mac, { ip, elsewhere }, sourceISO) {
      const identity = byMac(mac);
      if (identity.kind !== 'host') throw new BootbenchError('E_NOT_FOUND', `MAC ${mac} is not a host’s.`);
      const { host, iface } = identity;
      const who = await asker(ip, mac, elsewhere);
      if (who.kind === 'machine' && sourceISO === undefined) return pinned(host, iface);
      const subject = subjectFor(host, iface, 'medium', sourceISO);
      if (who.kind === 'machine') return views.make(subject);
      const view = await views.make({ ...subject, unpatched: true });
      return { ...view, unidentified: unknownClientError(who, `It reads ${view.image} as it is, without what is added for ${host.name}.`) };
    },

    async isoFile(mac, token, path) {
      const view = await views.find(mac, token);
      return { view, source: await openIsoFile(view.source, path) };
    },

    previewConfig: (config, host, file) =>
      previewConfig({ inventory, bootUrl: bootUrl(), leasedIp: deps.addressOfMac }, config, host, file),
    configByAddress: async (ip, file) =>
      currentConfig({ inventory, bootUrl: bootUrl(), leasedIp: deps.addressOfMac }, machineOf(await asker(ip)), file),
    configByToken: (token, file) => frozenConfig(views.config(token), file),

    async bootComplete({ ip, token }) {
      const host = token === undefined ? machineOf(await asker(ip)).host.name : views.config(token).host;
      activity.record({ type: 'boot.complete', host, ip, message: `${host} phoned home: its system is up.` });
      return { host };
    },

    explain: (hostOrMac, arch) =>
      explainHost(
        {
          byMac,
          inventory,
          decide: (client, identity) =>
            decideBoot(client, {
              identity,
              unknown: settings.unknown,
              overrides: overrides(),
              bootUrl: bootUrl(),
              fetchedOwnBootFile: true,
            }),
          script: (identity, mac, arch) =>
            scriptFor({
              identity,
              mac,
              unknown: settings.unknown,
              bootUrl: bootUrl(),
              round: 0,
              makeView: (host, iface) => views.make(netbootSubject(host, iface, loaderBits(undefined, arch)), 'looked at'),
            }),
          kernelArguments: (token) => views.kernelArguments(token),
          arguments: argumentsOf,
        },
        resolveMac(inventory, hostOrMac),
        arch,
      ),

    arguments: (name, draft) => {
      const host = withDraft(inventory.getHost(name), draft, clock.now());
      return argumentsOf(host, firstInterface(host));
    },
    receipt: (name, token) => receiptOf(receiptWorld, inventory.getHost(name), token),
    viewSha256: (name, token) => viewSha256(receiptWorld, inventory.getHost(name), token),

    netboot: (name) => {
      const host = inventory.getHost(name);
      return views.make(netbootSubject(host, firstInterface(host), loaderBits(undefined, host.facts.firmwareArch)), 'looked at');
    },

    async mediaUrl(name) {
      const host = inventory.getHost(name);
      const { token, mac, image, base } = await views.make(subjectFor(host, firstInterface(host), 'medium'));
      // A view is made from what is remembered of the ISO; a BMC would only say that its medium does not work.
      await base.read(VOLUME_DESCRIPTOR.offset, VOLUME_DESCRIPTOR.length);
      return { url: viewUrl((await deps.mediaBase?.(host)) ?? bootUrl(), mac, token, image), token };
    },
  };
}

/** A view that can be made no more, because its image was replaced: another one takes its place. */
function outdated(error: unknown): undefined {
  const { code } = asBootbenchError(error);
  if (code !== 'E_VIEW_CHANGED' && code !== 'E_VIEW_GONE' && code !== 'E_IMAGE_GONE') throw error;
}

/** Another text after each arming. */
function armingOf({ assignment }: Host): string {
  return `${assignment?.armedAt ?? ''} ${assignment?.armedAfter ?? ''}`;
}

/** The host as it would be with another assignment: armed, and with the config that is named there. */
function withDraft(host: Host, draft: AssignmentInput | undefined, now: number): Host {
  if (!draft) return host;
  return { ...host, assignment: Assignment.parse({ ...draft, config: draft.config ?? undefined, state: 'armed', armedAt: now }) };
}

function firstInterface(host: Host): Interface {
  const [first] = host.interfaces;
  if (!first) throw new BootbenchError('E_NOT_FOUND', `Host ${host.name} has no interface.`);
  return first;
}

/** The overrides as the settings have them now, parsed anew when their text changed. E_OVERRIDE_SYNTAX. */
function overridesIn(settings: Pick<Settings, 'ipxeOverrideArchMapping'>, catalogue: BootFileCatalogue): () => ArchOverrides {
  let known: { text: string; parsed: ArchOverrides } | undefined;
  return () => {
    const text = settings.ipxeOverrideArchMapping;
    if (known?.text !== text) known = { text, parsed: parseArchOverrides(text, catalogue.names()) };
    return known.parsed;
  };
}

/** A UUID that nobody filled in is none: two such boards are not one machine. */
function factsOf(request: ScriptRequest): HostFacts {
  const { serial, product, manufacturer } = request;
  const uuid = request.uuid !== undefined && isFillInUuid(request.uuid) ? undefined : request.uuid;
  return withoutUndefined({ uuid, serial, product, manufacturer, secureBoot: secureBootOf(request.secureBoot) });
}

/** A loader that does not expand settings in DHCP's file name sends them as they are. */
function hasUnexpanded({ uuid, serial, product, manufacturer, buildArch }: ScriptRequest): boolean {
  return [uuid, serial, product, manufacturer, buildArch].some((value) => value?.includes('${'));
}

/** iPXE prints the EFI variable SecureBoot as hex: 01 on, 00 off, empty on BIOS. */
function secureBootOf(value: string | undefined): HostFacts['secureBoot'] {
  if (value === '01' || value === '1') return 'on';
  return value === '00' || value === '0' ? 'off' : undefined;
}

/** A host's name, or a MAC in any notation. */
function resolveMac(inventory: Inventory, hostOrMac: string): string {
  const mac = parseMac(hostOrMac);
  if (mac !== undefined) return mac;
  return firstInterface(inventory.getHost(hostOrMac)).mac;
}
