import { BootbenchError } from '../../contract/errors.ts';
import { Assignment, type AssignmentInput, type Host } from '../../contract/inventory.ts';
import { parseMac } from '../../contract/primitives.ts';
import { withoutUndefined } from '../../util/text.ts';
import type { Activity } from '../activity/activity.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { AddressEvents } from '../protection/address-events.ts';
import type { BootClient, BootDecision, BootService, Identity } from './boot.ts';
import { identifyClient, isFrom, machineOf, type ClientIdentity, type SourceAddressFacts } from './decide/client-identity.ts';
import { decideBoot } from './decide/decide.ts';
import { identifier, type Identifier } from './decide/identify.ts';
import { currentOverrides } from './decide/overrides.ts';
import { explainHost } from './explain.ts';
import type { BootFileCatalogue } from './files/boot-files.ts';
import { answerFile } from './files/files.ts';
import { noteClient } from './note-client.ts';
import { ChainMemory } from './script/chain-memory.ts';
import { scriptFor, type ScriptContext } from './script/script-answer.ts';
import { serveScript } from './serve-script.ts';
import { bootComplete, macIsNotAHosts } from './sentences.ts';
import { firstInterface, ViewAccess, type ViewAccessDeps } from './view-access.ts';
import { currentConfig, frozenConfig, previewConfig } from './views/config-serving.ts';
import { receiptOf, viewSha256 } from './views/receipts.ts';

export interface BootDeps extends ViewAccessDeps {
  readonly activity: Activity;
  readonly strangers: AddressEvents;
  readonly catalogue: BootFileCatalogue;
  readonly macOfAddress: (ip: string) => string | undefined;
  /** What is known of a source address now. */
  readonly wire: (ip: string) => Promise<SourceAddressFacts>;
  /** See `ScriptContext.chapAccount`. */
  readonly chapAccount: ScriptContext['chapAccount'];
}

type Client = (ip: string, claimedMac?: string, otherPort?: boolean) => Promise<ClientIdentity>;
type Decide = (client: BootClient, identity: Identity, fetchedOwnBootFile: boolean) => BootDecision;

/** Composes the parts of the room. E_OVERRIDE_SYNTAX where the settings hold an override that cannot be used. */
export function openBootService(deps: BootDeps): BootService {
  const { inventory, clock, views } = deps;
  const identify = identifier(inventory, deps.macOfAddress);
  const chained = new ChainMemory(clock);
  const access = new ViewAccess(deps);
  const decide = decider(deps);
  const clientAt: Client = async (ip, claimedMac, otherPort) =>
    identifyClient({ ip, claimedMac, otherPort }, await deps.wire(ip), inventory);

  return {
    identifyMac: identify.byMac,
    identifyAddress: identify.byAddress,
    decide: (client) => decide(client, identify.byMac(client.mac, { uuid: client.uuid }), chained.fetched(client.mac)),
    notice({ mac, uuid, arch, vendorClass }) {
      // Anyone can send DHCP in a machine's name, so its UUID is not stored: the script asks for it again.
      const facts = withoutUndefined({ firmwareArch: arch });
      noteClient(deps, mac, identify.byMac(mac, { uuid }), { facts, vendorClass, uuid });
    },
    script: (request) =>
      serveScript(
        {
          ...deps,
          identifyMac: identify.byMac,
          identifyClient: clientAt,
          isFrom: async (mac, ip) => isFrom(mac, await deps.wire(ip)),
          makeView: (host, iface, buildArch) => access.forScript(host, iface, buildArch),
        },
        request,
      ),
    ...filesPart(deps, identify, clientAt, chained),

    view: (mac, token) => views.find(mac, token),
    openView: (mac, token) => views.findOpen(mac, token),
    async viewByMac(mac, { ip, otherPort }, sourceISO) {
      const identity = identify.byMac(mac);
      if (identity.kind !== 'host') throw new BootbenchError('E_NOT_FOUND', macIsNotAHosts(mac));
      return access.byClient(identity, await clientAt(ip, mac, otherPort), sourceISO);
    },
    machineAt: async (ip, mac) => machineOf(await clientAt(ip, mac)),
    networkDisk: (machine) => access.networkDisk(machine),
    imageNamed: (wanted) => inventory.listImages().find(({ name }) => name.toLowerCase() === wanted.toLowerCase())?.name,
    imageSource: (name) => access.imageSource(name),
    isoFile: (mac, token, path) => access.file(mac, token, path),
    mediaUrl: (name) => access.mediaUrl(inventory.getHost(name)),
    netboot(name) {
      const host = inventory.getHost(name);
      return access.preview(host, firstInterface(host), host.facts.firmwareArch);
    },
    receipt: (name, token) => receiptOf(deps, inventory.getHost(name), token),
    viewSha256: (name, token) => viewSha256(deps, inventory.getHost(name), token),
    arguments(name, draft) {
      const host = withDraft(inventory.getHost(name), draft, clock.now());
      return access.arguments(host, firstInterface(host));
    },
    explain: (hostOrMac, arch) => explainHost(explainDeps(deps, identify, decide, access), resolveMac(inventory, hostOrMac), arch),
  };
}

/** What a DHCP client boots, with the settings as they are now. */
function decider({ settings, catalogue, bootUrl }: BootDeps): Decide {
  const overrides = currentOverrides(settings, catalogue.names());
  overrides();
  return (client, identity, fetchedOwnBootFile) =>
    decideBoot(client, { identity, unknown: settings.unknown, overrides: overrides(), bootUrl: bootUrl(), fetchedOwnBootFile });
}

/** Boot files, configs and the report of a started system. */
function filesPart(
  deps: BootDeps,
  identify: Identifier,
  clientAt: Client,
  chained: ChainMemory,
): Pick<BootService, 'file' | 'previewConfig' | 'configByAddress' | 'configByToken' | 'bootComplete'> {
  const { inventory, activity, catalogue, views, bootUrl } = deps;
  const configContext = () => ({ inventory, bootUrl: bootUrl(), leasedIp: deps.addressOfMac });
  return {
    file: (path, { ip }) =>
      answerFile(path, {
        catalogue,
        bootUrl: bootUrl(),
        identify: (mac) => identify.byMac(mac),
        macOfClient: () => deps.macOfAddress(ip),
        fetched: async (mac, name) => {
          const client = await clientAt(ip, mac);
          if (client.kind === 'machine' || client.reason !== 'other-machine') chained.note(mac, name, identify.byMac(mac));
        },
      }),
    previewConfig: (config, host, file) => previewConfig(configContext(), config, host, file),
    configByAddress: async (ip, file) => currentConfig({ ...configContext(), views }, machineOf(await clientAt(ip)), file),
    configByToken: (token, file) => frozenConfig(views.config(token), file),
    async bootComplete({ ip, token }) {
      const host = token === undefined ? machineOf(await clientAt(ip)).host.name : views.config(token).host;
      activity.record({ type: 'boot.complete', host, ip, message: bootComplete(host) });
      return { host };
    },
  };
}

function explainDeps(
  { inventory, settings, views, bootUrl, chapAccount }: BootDeps,
  { byMac }: Identifier,
  decide: Decide,
  access: ViewAccess,
): Parameters<typeof explainHost>[0] {
  return {
    byMac,
    inventory,
    decide: (client, identity) => decide(client, identity, true),
    script: (identity, mac, arch) =>
      scriptFor({
        identity,
        mac,
        unknown: settings.unknown,
        bootUrl: bootUrl(),
        round: 0,
        iscsiPort: settings.iscsiPort,
        chapAccount,
        makeView: (host, iface) => access.preview(host, iface, arch),
      }),
    kernelArguments: (token) => views.kernelArguments(token),
    arguments: (host, iface) => access.arguments(host, iface),
  };
}

/** The host as it would be with another assignment: armed, and with the config that is named there. */
function withDraft(host: Host, draft: AssignmentInput | undefined, now: number): Host {
  if (!draft) return host;
  return { ...host, assignment: Assignment.parse({ ...draft, config: draft.config ?? undefined, state: 'armed', armedAt: now }) };
}

/** A host's name, or a MAC in any notation. */
function resolveMac(inventory: Inventory, hostOrMac: string): string {
  return parseMac(hostOrMac) ?? firstInterface(inventory.getHost(hostOrMac)).mac;
}
