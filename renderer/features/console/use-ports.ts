import type { SerialPortInfo } from '../../../contract/console.ts';
import { useAnswer } from '../../store/use-answer.ts';
import { useAppStore, useNow } from '../../store/use-store.ts';

/** An adapter that is plugged in appears within this time. */
const REFRESH_MS = 3000;

/** The serial ports of this computer; undefined before the first answer. */
export function usePorts(): readonly SerialPortInfo[] | undefined {
  const round = Math.floor(useNow() / REFRESH_MS);
  const consoles = useAppStore((state) =>
    Object.values(state.hosts)
      .flatMap((host) => host.console ?? [])
      .join(' '),
  );
  return useAnswer('console.ports', {}, { again: `${round} ${consoles}` }).value;
}
