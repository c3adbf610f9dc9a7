import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BootbenchError } from '../../contract/errors.ts';
import { headlessSupportBundle } from '../../headless/support.ts';
import { SERVE_OPTIONS, settingsOf } from '../../headless/settings.ts';
import type { Client } from '../../contract/port.ts';
import type { Args, Command, Io } from '../command.ts';
import { print } from '../output.ts';
import { askRunning } from './running.ts';

export const supportCommand: Command = {
  name: 'support-bundle',
  usage: '<file.tar.gz> [--data-dir D] [options of serve]',
  summary: 'Save checks, versions, settings, events and logs for support, without passwords, tokens and configs.',
  options: SERVE_OPTIONS,
  words: [1, 1],
  async run(args, io) {
    const file = resolve(io.cwd, args.word(0));
    const bytes = (await askRunning(args, io, readBundle)) ?? (await ownBundle(args, io));
    try {
      writeFileSync(file, bytes, { mode: 0o600 });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const next = 'Choose a file in an existing folder that you can write to.';
      throw new BootbenchError('E_USAGE', `${file} cannot be written: ${reason}.`, { cause: error, next });
    }
    print(args, io, { file, bytes: bytes.length }, () => `Wrote ${file}, ${bytes.length} bytes. Read it before you send it to anyone.`);
  },
};

async function readBundle(client: Client): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  for await (const piece of client.stream('appliance.supportBundle', {})) pieces.push(Buffer.from(piece, 'base64'));
  return Buffer.concat(pieces);
}

function ownBundle(args: Args, io: Io): Promise<Uint8Array> {
  return headlessSupportBundle(settingsOf(args.flags, io), join(io.root, 'out', 'main', 'thread.js'));
}
