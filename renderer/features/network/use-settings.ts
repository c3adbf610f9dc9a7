import { useCallback, useEffect, useState } from 'react';
import type { RuntimeSettings } from '../../../contract/appliance.ts';
import type { ErrorBody } from '../../../contract/errors.ts';
import type { CallResult } from '../../store/call.ts';
import { useAppStore, useCall } from '../../store/use-store.ts';

export type Patch = { readonly [K in keyof RuntimeSettings]?: RuntimeSettings[K] | null };

export interface KnownSettings {
  readonly settings: RuntimeSettings | undefined;
  readonly error: ErrorBody | undefined;
  change(patch: Patch): Promise<CallResult<RuntimeSettings>>;
}

/** The settings that can be changed, asked again whenever somebody (here or elsewhere) changed them or chose another port. */
export function useSettings(): KnownSettings {
  const call = useCall();
  const [settings, setSettings] = useState<RuntimeSettings>();
  const [error, setError] = useState<ErrorBody>();
  const live = useAppStore((state) => state.link.state === 'live');
  const nic = useAppStore((state) => state.status?.nic?.name);
  const changed = useAppStore((state) => state.events.find(({ type }) => type === 'settings.changed')?.seq);
  useEffect(() => {
    if (!live) return;
    void call('appliance.settings', {}).then((answer) => {
      if (answer.ok) setSettings(answer.value);
      setError(answer.ok ? undefined : answer.error);
    });
  }, [call, live, nic, changed]);
  const change = useCallback(
    async (patch: Patch) => {
      const answer = await call('appliance.changeSettings', { patch });
      if (answer.ok) setSettings(answer.value);
      return answer;
    },
    [call],
  );
  return { settings, error, change };
}
