import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../contract/runtime.ts';
import { accessOf, denialOf, findHolders } from '../../../main-services/console/serial/access.ts';
import { localPorts } from '../../../main-services/console/serial/local-ports.ts';
import { openFailure, wordsOf } from '../../../main-services/console/serial/native.ts';
import { listLinuxPorts, listPorts, portOfLibrary } from '../../../main-services/console/serial/ports.ts';
import { portDenied } from '../../../main-services/console/serial/sentences.ts';

describe('ports of a Linux computer', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'serial-ports-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });
  const file = (path: string, text = '') => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const link = (path: string, target: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    symlinkSync(target, join(root, path));
  };
  /** A USB adapter as sysfs shows it: tty → interface → USB device. */
  const usb = (tty: string, port: string, facts: Record<string, string>) => {
    file(`dev/${tty}`);
    const device = `sys/devices/usb1/${port}`;
    for (const [name, text] of Object.entries(facts)) file(`${device}/${name}`, `${text}\n`);
    file(`${device}/${port}:1.0/${tty}/uevent`);
    link(`sys/class/tty/${tty}/device`, `../../../devices/usb1/${port}/${port}:1.0/${tty}`);
  };

  it('adapters by their stable name with what USB says, in order', async () => {
    usb('ttyUSB10', '1-2', { idVendor: '0403', manufacturer: 'FTDI', product: 'FT232R USB UART', serial: 'A50285BI' });
    usb('ttyUSB2', '1-3', { idVendor: '1a86', product: 'USB Serial' });
    usb('ttyACM0', '1-4', { idVendor: '2341', manufacturer: 'Arduino', serial: '75' });
    link('dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0', '../../ttyUSB10');
    link('dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0', '../../ttyUSB10');
    link('dev/serial/by-path/pci-0000:00:14.0-usb-0:3:1.0-port0', '../../ttyUSB2');
    link('dev/serial/by-id/usb-gone-if00-port0', '../../ttyUSB99');
    expect(await listLinuxPorts(root)).toEqual([
      { path: '/dev/ttyACM0', device: '/dev/ttyACM0', maker: 'Arduino', serialNumber: '75' },
      { path: '/dev/serial/by-path/pci-0000:00:14.0-usb-0:3:1.0-port0', device: '/dev/ttyUSB2', product: 'USB Serial' },
      {
        path: '/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0',
        device: '/dev/ttyUSB10',
        maker: 'FTDI',
        product: 'FT232R USB UART',
        serialNumber: 'A50285BI',
      },
    ]);
  });
  it('of ttyS0 to ttyS3 those that have a UART; no virtual console, no pseudo-terminal', async () => {
    for (const name of ['tty', 'tty1', 'console', 'ptmx', 'ttyprintk', 'ttyS0', 'ttyS1', 'ttyS2', 'ttyAMA0']) file(`dev/${name}`);
    file('sys/class/tty/ttyS0/type', '4\n');
    file('sys/class/tty/ttyS1/type', '0\n');
    expect((await listLinuxPorts(root)).map((port) => port.path)).toEqual(['/dev/ttyAMA0', '/dev/ttyS0']);
  });
  it('who else has one open, from /proc', async () => {
    for (const [pid, name] of Object.entries({ 812: 'picocom', 900: 'bash', [process.pid]: 'self' })) file(`proc/${pid}/comm`, `${name}\n`);
    link('proc/812/fd/3', '/dev/ttyUSB0');
    link('proc/900/fd/0', '/dev/pts/4');
    link(`proc/${process.pid}/fd/3`, '/dev/ttyUSB1');
    file('proc/cpuinfo');
    expect([...(await findHolders(join(root, 'proc')))]).toEqual([['/dev/ttyUSB0', { name: 'picocom', pid: 812 }]]);
  });
  it('none where /dev has none', async () => {
    expect(await listLinuxPorts(root)).toEqual([]);
  });
});

it('the list of this computer does not fail without udev', async () => {
  for (const port of await listPorts(localPorts(systemClock))) expect(port.path).toMatch(/^(\/dev\/|COM)/);
});

it.each([
  ['darwin', { path: '/dev/tty.usbserial-110', manufacturer: 'FTDI', serialNumber: 'A5' }, '/dev/cu.usbserial-110'],
  ['win32', { path: 'COM3', manufacturer: 'FTDI', friendlyName: 'USB Serial Port (COM3)' }, 'COM3'],
] as const)('the library’s ports on %s', (platform, port, path) => {
  expect(portOfLibrary(port, platform)).toMatchObject({ path, device: path, maker: 'FTDI' });
});

describe('why a user may not open a port', () => {
  const groups = 'root:x:0:\ndialout:x:20:carol,dave\nuucp:x:986:\n';
  const denial = (mode: number, gid: number, user = 'alice') => denialOf({ mode, gid, groups, user });

  it.each([
    ['Debian', denial(0o20660, 20), 'sudo usermod -aG dialout alice'],
    ['Arch', denial(0o20660, 986), 'sudo usermod -aG uucp alice'],
    ['added after login', denial(0o20660, 20, 'dave'), undefined],
    ['of root', denial(0o20600, 0), 'sudo setfacl -m u:alice:rw /dev/ttyUSB0'],
    ['root’s group is never suggested', denial(0o20660, 0), 'sudo setfacl -m u:alice:rw /dev/ttyUSB0'],
    ['a group that may only read', denial(0o20640, 20), 'sudo setfacl -m u:alice:rw /dev/ttyUSB0'],
    ['a group without a name', denial(0o20660, 4711), 'sudo setfacl -m u:alice:rw /dev/ttyUSB0'],
  ])('%s', (_, why, command) => {
    const error = portDenied('/dev/serial/by-id/usb-x', '/dev/ttyUSB0', why);
    expect(error).toMatchObject({ code: 'E_CONSOLE_PERMISSION' });
    expect(error.details?.command).toBe(command);
    if (command !== undefined) expect(error.next).toContain(command);
  });
  it('other obstacles', async () => {
    expect(await accessOf('/dev/null')).toEqual({ kind: 'ok', device: '/dev/null' });
    expect(await accessOf('/dev')).toEqual({ kind: 'not-a-port' });
    expect(await accessOf('/dev/ttyUSB4711')).toEqual({ kind: 'not-found' });
    expect(await accessOf('COM3', 'win32')).toEqual({ kind: 'ok', device: 'COM3' });
  });
});

it.each([
  ['Error Resource temporarily unavailable Cannot lock port', 'in-use'],
  ['Error: Device or resource busy, cannot open /dev/ttyUSB0', 'in-use'],
  ['Opening COM3: Access denied', 'in-use'],
  ['Opening COM9: File not found', 'not-found'],
  ['Error: No such file or directory, cannot open /dev/ttyUSB0', 'not-found'],
  ['Error: No such device, cannot open /dev/ttyUSB0', 'not-found'],
  ['Error: Input/output error, cannot open /dev/ttyS1', 'other'],
])('the library’s “%s” is %s', (words, kind) => {
  expect(openFailure(new Error(words))).toBe(kind);
  expect(wordsOf(new Error(words))).not.toMatch(/^Error/);
});
