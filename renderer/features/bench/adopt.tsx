import { useState } from 'react';
import type { ErrorBody } from '../../../contract/errors.ts';
import { useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Field } from '../../ui/field.tsx';

/** Makes a machine that asked to boot a host: a name is all it takes. */
export function Adopt({ mac }: { mac: string }) {
  const [naming, setNaming] = useState(false);
  if (naming) return <AdoptForm mac={mac} onCancel={() => setNaming(false)} />;
  return (
    <Button className="machine-adopt" aria-label={`Adopt ${mac}`} onPress={() => setNaming(true)}>
      Adopt
    </Button>
  );
}

function AdoptForm({ mac, onCancel }: { mac: string; onCancel: () => void }) {
  const call = useCall();
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
      <Field label={`Name for ${mac}`} value={name} onChange={setName} autoFocus placeholder="r750-03" />
      <Button main type="submit" isDisabled={asked || name.trim() === ''}>
        {asked ? 'Asked …' : 'Add host'}
      </Button>
      <Button onPress={onCancel} hint="Esc">
        Not now
      </Button>
      {error && <Failure error={error} />}
    </form>
  );
}
