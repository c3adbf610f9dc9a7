import { readFile, readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { SerialPortInfo } from '../../../contract/console.ts';
import type { ListedPort, NativePorts } from './native.ts';

/** A port without the host that uses it, which this room does not know. */
export type Port = Omit<SerialPortInfo, 'host'>;

/** USB adapters, on-board UARTs, and those of ARM boards. Virtual consoles (tty1) and pseudo-terminals are not ports. */
const DEVICE_NAME = /^tty(USB|ACM|S|AMA|XRUSB|WCH|WCHUSB|MXUSB|HS|PS|SAC|mxc|THS|O)\d+$/;
/** How many folders of sysfs a USB device may be above its tty. */
const USB_DEPTH = 6;

/** The serial ports of this computer, USB adapters first. Never throws: an unreadable folder has no ports. */
export async function listPorts(native: NativePorts, platform: NodeJS.Platform = process.platform): Promise<Port[]> {
  return platform === 'linux' ? listLinuxPorts('/') : listByLibrary(native, platform);
}

/**
 * From /dev, /dev/serial and sysfs, which need no udev: `udevadm`, which the library runs, is absent in containers. `path` is the name by-id
 * (the adapter's serial number), else by-path (the USB socket), else the device.
 */
export async function listLinuxPorts(root: string): Promise<Port[]> {
  const dev = join(root, 'dev');
  const [names, byId, byPath] = await Promise.all([
    entries(dev),
    linksOf(join(dev, 'serial/by-id'), dev),
    linksOf(join(dev, 'serial/by-path'), dev),
  ]);
  const ports = await Promise.all(
    names.filter((name) => DEVICE_NAME.test(name)).map(async (name) => portOf(root, name, byId.get(name) ?? byPath.get(name))),
  );
  return inOrder(ports.filter((port) => port !== undefined));
}

async function portOf(root: string, name: string, link: string | undefined): Promise<Port | undefined> {
  const tty = join(root, 'sys/class/tty', name);
  // The kernel makes ttyS0 to ttyS3 whether or not there is a UART; its type is 0 (PORT_UNKNOWN) then.
  if (/^ttyS\d/.test(name) && [undefined, '0'].includes(await attribute(join(tty, 'type')))) return undefined;
  const usb = await usbFacts(join(tty, 'device'));
  const device = `/dev/${name}`;
  return { path: link ?? device, device, ...usb };
}

/** manufacturer, product and serial of the USB device whose interface the tty is. */
async function usbFacts(device: string): Promise<Omit<Port, 'path' | 'device'>> {
  let folder = await realpath(device).catch(() => '/');
  for (let depth = 0; depth < USB_DEPTH; depth++, folder = dirname(folder)) {
    const at = folder;
    if ((await attribute(join(at, 'idVendor'))) === undefined) continue;
    const [maker, product, serialNumber] = await Promise.all(
      ['manufacturer', 'product', 'serial'].map(async (name) => attribute(join(at, name))),
    );
    return { ...(maker && { maker }), ...(product && { product }), ...(serialNumber && { serialNumber }) };
  }
  return {};
}

/** The links of a folder by the name of the device that they lead to, as paths under /dev. */
async function linksOf(folder: string, dev: string): Promise<Map<string, string>> {
  const links = new Map<string, string>();
  for (const name of (await entries(folder)).sort()) {
    const target = await realpath(join(folder, name)).catch(() => undefined);
    const device = target === undefined ? undefined : basename(target);
    if (device !== undefined && !links.has(device)) links.set(device, join('/dev', folder.slice(dev.length), name));
  }
  return links;
}

async function listByLibrary(native: NativePorts, platform: NodeJS.Platform): Promise<Port[]> {
  try {
    return inOrder((await native.list()).map((port) => portOfLibrary(port, platform)));
  } catch {
    return [];
  }
}

/** macOS has every port twice; opening tty.* waits for carrier detect, cu.* does not. */
export function portOfLibrary(port: ListedPort, platform: NodeJS.Platform): Port {
  const path = platform === 'darwin' ? port.path.replace(/^\/dev\/tty\./, '/dev/cu.') : port.path;
  const { manufacturer: maker, friendlyName: product, serialNumber } = port;
  return { path, device: path, ...(maker && { maker }), ...(product && { product }), ...(serialNumber && { serialNumber }) };
}

/** Adapters before on-board ports, then by name: ttyUSB2 before ttyUSB10. */
function inOrder(ports: readonly Port[]): Port[] {
  const rank = ({ device }: Port): number => (/tty(S|AMA)\d/.test(device) ? 1 : 0);
  return [...ports].sort((a, b) => rank(a) - rank(b) || a.device.localeCompare(b.device, 'en', { numeric: true }));
}

async function entries(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

async function attribute(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text?.trim();
}
