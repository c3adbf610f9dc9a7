import { join } from 'node:path';
import { serve } from '../../headless/serve.ts';
import type { Command } from '../command.ts';
import { SERVE_OPTIONS, settingsOf } from '../../headless/settings.ts';

export const serveCommand: Command = {
  name: 'serve',
  usage:
    '[--nic IF] [--bmc-nic IF]… [--dhcp off|full|proxy|auto] [--confirm-dhcp] [--pool A-B] [--router A] [--dns A,…] [--unknown ignore|exit|wait] [--routed-machines refuse|trust] [--lease-time S]\n' +
    '    [--http-port N] [--https-port N [--https-cert F --https-key F]] [--tftp-port N] [--iscsi-port N] [--dhcp-port N] [--api HOST:PORT] [--token-file F] [--data-dir D] [--boot-files-dir D] [--public-ipv4 A]\n' +
    '    [--iso-upstream-url URL] [--allow-source-iso HOST,…] [--ipxe-override-arch-mapping N=FILE,…] [--syslog-host H]\n' +
    '    [--tink-grpc-authority H:P] [--tink-tls] [--iso-static-ipam] [--debug]',
  summary: 'Run the appliance without a window.',
  options: { ...SERVE_OPTIONS, debug: { type: 'boolean' } },
  words: [0, 0],
  run: (args, io) =>
    serve({
      settings: settingsOf(args.flags, io),
      workerFile: join(io.root, 'out', 'main', 'thread.js'),
      debug: args.flag('debug') || io.env.BOOTBENCH_DEBUG === '1',
      stdout: io.stdout,
      stderr: io.stderr,
      signal: io.signal,
    }),
};
