import { useState } from 'react';
import type { RuntimeSettings } from '../../../contract/appliance.ts';
import type { ErrorBody } from '../../../contract/errors.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Empty, Section } from '../../ui/section.tsx';
import { Sheet, SheetActions } from '../../ui/sheet.tsx';
import { StateMark } from '../../ui/state.tsx';
import { assignOn, MODES, POLICIES, RISK, riskOf, ROUTED } from './labels.ts';
import { needsYes } from './nic-rules.ts';
import { useChosenNic } from './nic-choice.tsx';
import { Options } from './options.tsx';
import { SettingRow } from './setting-row.tsx';
import { SETTING_FIELDS } from './settings-fields.ts';
import type { KnownSettings, Patch } from './use-settings.ts';

/** How addresses are given. Every change is asked of the appliance at once, and answered beside what was changed. */
export function DhcpSettings({ known }: { known: KnownSettings }) {
  const { settings, error, change } = known;
  return (
    <Section id="dhcp" title="How machines get their address">
      {settings ? (
        <>
          <ModeChoice settings={settings} change={change} />
          <div className="settings-form">
            {SETTING_FIELDS.map((field) => (
              <SettingRow key={field.name} field={field} settings={settings} change={change} />
            ))}
          </div>
          <PolicyChoice settings={settings} change={change} />
          <RoutedChoice settings={settings} change={change} />
        </>
      ) : (
        !error && <Empty>Loading the settings…</Empty>
      )}
      {error && <Failure error={error} />}
    </Section>
  );
}

interface Props {
  settings: RuntimeSettings;
  change: KnownSettings['change'];
}

function ModeChoice({ settings, change }: Props) {
  const nic = useChosenNic();
  const [risky, setRisky] = useState<RuntimeSettings['dhcp']>();
  const { asked, error, ask } = useAsk(change);
  const choose = (mode: RuntimeSettings['dhcp']): void => {
    if (needsYes(mode, nic, settings.confirmDhcp)) setRisky(mode);
    else void ask(mode, { dhcp: mode });
  };
  return (
    <>
      <Options
        label="DHCP mode"
        value={settings.dhcp}
        onChange={choose}
        isDisabled={asked !== undefined}
        options={MODES.map(({ id, title, note }) => ({ id, title: asked === id ? `${title} – saving…` : title, note }))}
      />
      {error && <Failure error={error} />}
      <Sheet title={RISK.title} isOpen={risky !== undefined} onClose={() => setRisky(undefined)}>
        <p>
          <StateMark state="needs">{(nic && riskOf(nic)) ?? ''}</StateMark>
        </p>
        <p className="quiet">{RISK.proxy}</p>
        <SheetActions>
          <Button autoFocus onPress={() => setRisky(undefined)}>
            {RISK.keep}
          </Button>
          <Button
            main
            onPress={() => {
              if (risky) void ask(risky, { dhcp: risky, confirmDhcp: true });
              setRisky(undefined);
            }}
          >
            {assignOn(nic?.name)}
          </Button>
        </SheetActions>
      </Sheet>
    </>
  );
}

function PolicyChoice({ settings, change }: Props) {
  const { asked, error, ask } = useAsk(change);
  return (
    <>
      <Options
        label="Unknown machines"
        value={settings.unknown}
        onChange={(unknown) => void ask(unknown, { unknown })}
        isDisabled={asked !== undefined}
        options={POLICIES.map(({ id, title, note }) => ({ id, title: asked === id ? `${title} – saving…` : title, note }))}
      />
      {error && <Failure error={error} />}
    </>
  );
}

function RoutedChoice({ settings, change }: Props) {
  const { asked, error, ask } = useAsk(change);
  return (
    <>
      <Options
        label="Machines behind a router"
        value={settings.routedMachines}
        onChange={(routedMachines) => void ask(routedMachines, { routedMachines })}
        isDisabled={asked !== undefined}
        options={ROUTED.map(({ id, title, note }) => ({ id, title: asked === id ? `${title} – saving…` : title, note }))}
      />
      {error && <Failure error={error} />}
    </>
  );
}

/** One question at a time; what was asked stays marked until it is answered. */
function useAsk(change: KnownSettings['change']): {
  asked: string | undefined;
  error: ErrorBody | undefined;
  ask(what: string, patch: Patch): Promise<void>;
} {
  const [asked, setAsked] = useState<string>();
  const [error, setError] = useState<ErrorBody>();
  const ask = async (what: string, patch: Patch): Promise<void> => {
    setAsked(what);
    const answer = await change(patch);
    setAsked(undefined);
    setError(answer.ok ? undefined : answer.error);
  };
  return { asked, error, ask };
}
