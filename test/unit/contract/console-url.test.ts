import { describe, expect, it } from 'vitest';
import { consoleUrlProblem, machinePortOf, parseConsoleUrl, type ConsoleUrl } from '../../../contract/console-url.ts';

describe('console URLs', () => {
  const ssh = { kind: 'ssh', host: undefined, port: undefined, username: undefined, preset: undefined, legacy: false } as const;

  it.each<[string, ConsoleUrl]>([
    ['serial:/dev/ttyUSB0', { kind: 'serial', path: '/dev/ttyUSB0', baud: 115200 }],
    [
      'serial:///dev/serial/by-id/usb-FTDI-if00-port0?baud=9600',
      { kind: 'serial', path: '/dev/serial/by-id/usb-FTDI-if00-port0', baud: 9600 },
    ],
    ['serial:COM3?baud=auto', { kind: 'serial', path: 'COM3', baud: 'auto' }],
    ['sol:', { kind: 'sol', host: undefined, port: 623 }],
    ['sol:?tty=ttyS1', { kind: 'sol', host: undefined, port: 623 }],
    ['sol://10.0.0.5:6230', { kind: 'sol', host: '10.0.0.5', port: 6230 }],
    ['ssh:', ssh],
    ['ssh:?preset=ilo&legacy=true', { ...ssh, preset: 'ilo', legacy: true }],
    ['ssh://root@bmc.lab:2200', { ...ssh, host: 'bmc.lab', port: 2200, username: 'root' }],
    ['SSH://admin%40lab@[fe80::1]', { ...ssh, host: 'fe80::1', username: 'admin@lab' }],
    ['tcp://10.0.0.9:17001', { kind: 'tcp', host: '10.0.0.9', port: 17001 }],
    ['telnet://console-server', { kind: 'telnet', host: 'console-server', port: 23 }],
    ['rfc2217://10.0.0.9:2217?baud=9600', { kind: 'rfc2217', host: '10.0.0.9', port: 2217, baud: 9600 }],
  ])('%s', (text, url) => {
    expect(parseConsoleUrl(text)).toEqual(url);
    expect(consoleUrlProblem(text)).toBeUndefined();
  });

  it.each([
    '',
    '/dev/ttyUSB0',
    'http://10.0.0.5',
    'serial:',
    'serial:ttyUSB0',
    'serial:/dev/ttyUSB0?baud=fast',
    'serial:/dev/ttyUSB0?baud=0',
    'tcp://10.0.0.9',
    'tcp:',
    'tcp://10.0.0.9:0',
    'tcp://10.0.0.9:70000',
    'rfc2217://10.0.0.9',
    'ssh://root:calvin@10.0.0.5',
    'ssh://%zz@10.0.0.5',
    'ssh:?preset=idrac9',
    'sol://10.0.0.5/path',
    'sol://10.0.0.5 --evil',
  ])('"%s" is refused with the field', (text) => {
    expect(() => parseConsoleUrl(text)).toThrow(
      expect.objectContaining({ code: 'E_BAD_INPUT', details: { fields: [expect.objectContaining({ path: 'console' })] } }),
    );
  });

  it.each([
    ['serial:/dev/ttyUSB0?buad=9600', 'the options of serial: are baud, tty; not "buad"'],
    ['serial:/dev/ttyUSB0?baud=9600&baud=115200', 'baud is there twice'],
    ['telnet://10.0.0.9?preset=idrac', 'the options of telnet: are baud, tty; not "preset"'],
    ['tcp://10.0.0.9:1?baud=auto', 'baud=auto works with serial: only'],
    ['sol:?baud=fast', 'baud must be a speed in bits per second'],
    ['sol:?tty=COM2', 'tty is the machine’s own name of the port, such as ttyS1'],
    ['ssh:?legacy=yes', 'legacy must be true or false'],
    ['tcp://10.0.0.9', 'host and port are required'],
    ['telnet://a:b@c', 'store the password separately; a URL must not contain one'],
  ])('the problem of %s is named', (text, problem) => {
    expect(consoleUrlProblem(text)).toBe(problem);
  });

  it.each([
    ['sol:', { tty: undefined, baud: 115200 }],
    ['sol:?tty=ttyS1&baud=57600', { tty: 'ttyS1', baud: 57600 }],
    ['serial:/dev/ttyUSB0?baud=auto', { tty: undefined, baud: 115200 }],
    ['tcp://h:1?tty=ttyS1 init=/bin/sh', { tty: undefined, baud: 115200 }],
    ['tcp://h:1?tty=../x&baud=-1', { tty: undefined, baud: 115200 }],
  ])('%s names the machine’s own port', (text, port) => {
    expect(machinePortOf(text)).toEqual(port);
  });
});
