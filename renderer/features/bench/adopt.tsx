import { useEffect, useRef, useState } from 'react';
import type { ErrorBody } from '../../../contract/errors.ts';
import { useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Field } from '../../ui/field.tsx';
import { ADOPT, adoptName, nameFor } from './labels.ts';

/** Adds an unknown machine as a host: a name is all it takes. */
export function Adopt({ mac }: { mac: string }) {
  const [naming, setNaming] = useState(false);
  if (naming) return <AdoptForm mac={mac} onCancel={() => setNaming(false)} />;
  return (
    <Button className="machine-adopt" aria-label={adoptName(mac)} onPress={() => setNaming(true)}>
      {ADOPT.label}
    </Button>
  );
}

function AdoptForm({ mac, onCancel }: { mac: string; onCancel: () => void }) {
  const call = useCall();
  const form = useRef<HTMLFormElement>(null);
  // The form makes the row taller, which can be the last one of a list that scrolls.
  useEffect(() => {
    // Without a result: Chromium returns a promise, and React would call it as the effect's cleanup.
    form.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  const [name, setName] = useState('');
  const [asked, setAsked] = useState(false);
  const [error, setError] = useState<ErrorBody>();
  const adopt = async (): Promise<void> => {
    setAsked(true);
    const answer = await call('host.adopt', { mac, name: name.trim() });
    setAsked(false);
    setError(answer.ok ? undefined : answer.error);
  };
  return (
    <form
      ref={form}
      className="adopt-form"
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.preventDefault();
        onCancel();
      }}
      onSubmit={(event) => {
        event.preventDefault();
        void adopt();
      }}
    >
      <Field label={nameFor(mac)} value={name} onChange={setName} autoFocus placeholder={ADOPT.placeholder} />
      <Button main type="submit" isDisabled={asked || name.trim() === ''}>
        {asked ? ADOPT.busy : ADOPT.submit}
      </Button>
      <Button onPress={onCancel} hint={ADOPT.cancelHint}>
        {ADOPT.cancel}
      </Button>
      {error && <Failure error={error} />}
    </form>
  );
}
