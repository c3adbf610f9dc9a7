import type { Settings } from '../../contract/appliance.ts';
import { asBootbenchError, BootbenchError } from '../../contract/errors.ts';
import type { Host, Interface } from '../../contract/inventory.ts';
import type { Clock } from '../../contract/runtime.ts';
import type { FinalArguments } from '../../contract/views.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { loaderBits, type LoaderBits } from '../iso/bootconfig/loader-limits.ts';
import { openIsoFile } from '../iso/files/iso-file.ts';
import type { ByteSource } from '../iso/source/byte-source.ts';
import type { HostInterface, View } from './boot.ts';
import { unknownClientError, type ClientIdentity } from './decide/client-identity.ts';
import { planHost } from './decide/plan.ts';
import { viewUrl } from './script/scripts.ts';
import { hostWithoutInterface, readsUnmodified } from './sentences.ts';
import type { ImageLibrary } from './views/image-library.ts';
import { isoSubject } from './views/iso-subject.ts';
import { previewArguments } from './views/preview-arguments.ts';
import type { ViewSubject } from './views/inputs.ts';
import { isOfArming } from './views/arming.ts';
import type { Views } from './views/views.ts';

export interface ViewAccessDeps {
  readonly settings: Settings;
  readonly inventory: Inventory;
  readonly views: Views;
  readonly library: ImageLibrary;
  readonly clock: Clock;
  readonly bootUrl: () => string;
  /** `scheme://address:port` at which the host’s BMC reads ISOs; the boot plane’s unless given. */
  readonly mediaBase?: (host: Host) => Promise<string>;
  readonly addressOfMac: (mac: string) => string | undefined;
}

/** What every firmware reads first of a medium. */
const VOLUME_DESCRIPTOR = { offset: 16 * 2048, length: 2048 };
/** A client without a token reads the same view until it has read nothing for this long. */
const PIN_IDLE_MS = 15 * 60_000;

/** The view that a client without a token reads. */
interface Pin {
  readonly token: string;
  readonly arming: string;
  usedAt: number;
}

/** Which view of an ISO is read: by a token, by a machine without one, by a BMC, or by a machine's script. */
export class ViewAccess {
  readonly #deps: ViewAccessDeps;
  /** By MAC. */
  readonly #pins = new Map<string, Pin>();

  constructor(deps: ViewAccessDeps) {
    this.#deps = deps;
  }

  /**
   * The view of a client without a token: the machine itself reads its newest one, pinned while it reads; any other client reads the ISO
   * unmodified. With `sourceISO` it is that ISO, not pinned.
   */
  async byClient({ host, iface }: HostInterface, client: ClientIdentity, sourceISO: string | undefined): Promise<View> {
    if (client.kind === 'machine' && sourceISO === undefined) return this.#pinned(host, iface);
    const subject = this.#subject(host, iface, 'medium', sourceISO);
    if (client.kind === 'machine') return this.#deps.views.make(subject);
    const view = await this.#deps.views.make({ ...subject, unpatched: true });
    return { ...view, unidentified: unknownClientError(client, readsUnmodified(view.image, host.name)) };
  }

  /** See `BootService.networkDisk`. A machine that no script named a view to, such as an HBA with its own settings, gets one now. */
  async networkDisk({ host, iface }: HostInterface): Promise<View> {
    const { views } = this.#deps;
    const newest = views.newest(iface.mac);
    const isForThisBoot = planHost(host).kind === 'local' || (newest && isOfArming(newest, host.assignment));
    if (newest && isForThisBoot) return views.find(iface.mac, newest.token);
    return views.make(this.#subject(host, iface, 'medium'));
  }

  /** The bytes of an image as they are in the library. */
  async imageSource(name: string): Promise<ByteSource> {
    const { source } = await this.#deps.library.open({ type: 'image', image: this.#deps.inventory.getImage(name) });
    return source;
  }

  /** One file of a view by its ISO path, with the view: both from one look-up. */
  async file(mac: string, token: string, path: string): Promise<{ view: View; source: ByteSource }> {
    const view = await this.#deps.views.find(mac, token);
    return { view, source: await openIsoFile(view.source, path) };
  }

  /** For the script of a machine that netboots now, with the iPXE that it runs. */
  forScript(host: Host, iface: Interface, buildArch: string | undefined): Promise<View> {
    return this.#deps.views.make(this.#netbootSubject(host, iface, loaderBits(buildArch, host.facts.firmwareArch)));
  }

  /** The same for a machine that only might netboot; it does not become the newest view. */
  preview(host: Host, iface: Interface, arch: number | undefined): Promise<View> {
    return this.#deps.views.make(this.#netbootSubject(host, iface, loaderBits(undefined, arch)), 'preview');
  }

  /** What the host adds to the kernel's command line, for each way in which it may boot. */
  arguments(host: Host, iface: Interface): Promise<FinalArguments> {
    const bits = loaderBits(undefined, host.facts.firmwareArch);
    return previewArguments((way) => ({ ...this.#subject(host, iface, way), loaderBits: bits }), this.#deps.library);
  }

  /** The URL that the host's BMC mounts as a medium. */
  async mediaUrl(host: Host): Promise<{ url: string; token: string }> {
    const { views, bootUrl, mediaBase } = this.#deps;
    const { token, mac, image, base } = await views.make(this.#subject(host, firstInterface(host), 'medium'));
    // A view is made from what is stored about the ISO; a BMC would only report that its medium does not work.
    await base.read(VOLUME_DESCRIPTOR.offset, VOLUME_DESCRIPTOR.length);
    return { url: viewUrl((await mediaBase?.(host)) ?? bootUrl(), mac, token, image), token };
  }

  async #pinned(host: Host, iface: Interface): Promise<View> {
    const { views, clock } = this.#deps;
    const now = clock.monotonic();
    const arming = armingOf(host);
    const pin = this.#pins.get(iface.mac);
    if (pin && now - pin.usedAt < PIN_IDLE_MS && pin.arming === arming) {
      pin.usedAt = now;
      const view = await views.find(iface.mac, pin.token).catch(replaced);
      if (view) return view;
    }
    const view = await views.make(this.#subject(host, iface, 'medium'));
    this.#pins.set(iface.mac, { token: view.token, arming, usedAt: now });
    return view;
  }

  #subject(host: Host, iface: Interface, purpose: ViewSubject['purpose'], sourceISO?: string): ViewSubject {
    const { settings, inventory, bootUrl, addressOfMac } = this.#deps;
    const context = { settings, inventory, bootUrl: bootUrl(), leasedIp: addressOfMac(iface.mac) };
    return isoSubject(context, host, iface, purpose, sourceISO);
  }

  #netbootSubject(host: Host, iface: Interface, bits: LoaderBits | undefined): ViewSubject {
    return { ...this.#subject(host, iface, 'netboot'), loaderBits: bits };
  }
}

/** E_NOT_FOUND. */
export function firstInterface(host: Host): Interface {
  const [first] = host.interfaces;
  if (!first) throw new BootbenchError('E_NOT_FOUND', hostWithoutInterface(host.name));
  return first;
}

/** A view that cannot be opened any more because its image was replaced: a new one takes its place. */
function replaced(error: unknown): undefined {
  const { code } = asBootbenchError(error);
  if (code !== 'E_VIEW_CHANGED' && code !== 'E_VIEW_GONE' && code !== 'E_IMAGE_GONE') throw error;
}

/** Different after each arming. */
function armingOf({ assignment }: Host): string {
  return `${assignment?.armedAt ?? ''} ${assignment?.armedAfter ?? ''}`;
}
