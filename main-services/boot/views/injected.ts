import type { AssignmentInput, BootMethod, Host, ImageIndex, Interface } from '../../../contract/inventory.ts';
import type { ArgumentPart } from '../../../contract/views.ts';
import { argumentParts } from '../../iso/profiles/arguments.ts';
import type { ArgumentContext } from '../../iso/profiles/deliver.ts';
import { menuSerialOf } from '../../iso/profiles/console.ts';
import type { MenuSerial } from '../../iso/bootconfig/types.ts';
import { embeddedConfig, injectedFiles } from '../../iso/profiles/injected-files.ts';
import { profileOf } from '../../iso/profiles/profiles.ts';
import type { Rendered } from './render.ts';
import { viewFilesUrl, viewUrl } from '../script/scripts.ts';

/** Whose view it is, and where it will be found. */
export interface InjectionContext {
  readonly host: Pick<Host, 'console' | 'facts'>;
  readonly iface: Pick<Interface, 'mac'>;
  readonly index: ImageIndex;
  readonly image: string;
  readonly bootUrl: string;
  readonly token: string;
  readonly method: BootMethod;
  readonly deliver: AssignmentInput['deliver'];
}

/** What goes into an ISO for one host. */
export interface Injected {
  readonly parts: ArgumentPart[];
  readonly files: { name: string; bytes: Uint8Array }[];
  readonly ignition: string | undefined;
  readonly unattended: boolean;
  readonly serial: MenuSerial | undefined;
}

/** Arguments by origin, files for the root, and whether the boot is unattended: with a config that its installer accepts. Pure. */
export function injectedFor(context: InjectionContext, rendered: Rendered): Injected {
  const { index, method, deliver, host } = context;
  const profile = profileOf(index.profile?.id);
  const argumentContext = argumentContextOf(context, rendered);
  const config = rendered.format && {
    format: rendered.format,
    files: Object.fromEntries(Object.entries(rendered.files).map(([name, { text }]) => [name, text])),
    ...(rendered.defaultFile !== undefined && { defaultFile: rendered.defaultFile }),
  };
  const parts = argumentParts({
    profile,
    index,
    world: argumentContext,
    ...(deliver !== undefined && { deliver }),
    method,
    ...(host.console !== undefined && { console: { url: host.console, manufacturer: host.facts.manufacturer } }),
    imageArgs: rendered.args.image,
    interfaceArgs: rendered.args.interface,
    hostArgs: rendered.args.host,
  });
  return {
    parts,
    files: injectedFiles(profile, config, deliver, argumentContext).map(({ name, bytes }) => ({ name, bytes })),
    ignition: embeddedConfig(profile, config, deliver),
    unattended: rendered.format !== undefined && profile.id !== 'unknown' && profile.configs[rendered.format] !== undefined,
    serial: host.console === undefined ? undefined : menuSerialOf(parts),
  };
}

function argumentContextOf({ bootUrl, iface, token, image }: InjectionContext, { format, files, defaultFile }: Rendered): ArgumentContext {
  const base = `${bootUrl}/config/${token}/`;
  return {
    ...(format !== undefined && { format, configBaseUrl: base, configFiles: Object.keys(files) }),
    ...(defaultFile !== undefined && { defaultFile, configUrl: `${base}${encodeURIComponent(defaultFile)}` }),
    isoUrl: viewUrl(bootUrl, iface.mac, token, image),
    isoFilesUrl: viewFilesUrl(bootUrl, iface.mac, token),
  };
}
