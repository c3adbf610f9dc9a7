import { expect, it } from 'vitest';
import { Input } from '../../../../main-services/console/session/input.ts';
import type { ConsoleTransport } from '../../../../main-services/console/transport.ts';

const WINDOW = { id: 'w', label: 'Window' };

/** A machine that does not take its input. */
function stuck(): { transport: ConsoleTransport; release(): void } {
  const taken = Promise.withResolvers<undefined>();
  return {
    release: () => taken.resolve(undefined),
    transport: {
      description: 'stuck',
      baud: undefined,
      canBreak: false,
      write: () => taken.promise.then(() => undefined),
      sendBreak: () => Promise.resolve(),
      pause: () => undefined,
      resume: () => undefined,
      close: () => Promise.resolve(),
    },
  };
}

it('lets at most 1 MiB wait for a machine that takes no input', async () => {
  const { transport, release } = stuck();
  const input = new Input('r1', { transport: () => transport, isViewing: () => true, changed: () => undefined });
  const writes = Array.from({ length: 16 }, () => input.write(WINDOW, new Uint8Array(65_536)));
  await expect(input.write(WINDOW, new Uint8Array(1))).rejects.toMatchObject({ code: 'E_CONSOLE_BUSY' });
  release();
  await Promise.all(writes);
  await input.write(WINDOW, new Uint8Array(1));
});

it('refuses what the transport does not have', async () => {
  const { transport } = stuck();
  const input = new Input('r1', { transport: () => transport, isViewing: () => true, changed: () => undefined });
  await expect(input.setBaud(WINDOW, 9600)).rejects.toMatchObject({ code: 'E_CONSOLE_UNSUPPORTED' });
  await expect(input.setModemLines(WINDOW, { dtr: false })).rejects.toMatchObject({ code: 'E_CONSOLE_UNSUPPORTED' });
});
