import { useState } from 'react';
import type { ErrorBody } from '../../../contract/errors.ts';
import { useAppStore, useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Field } from '../../ui/field.tsx';
import { Sheet, SheetActions } from '../../ui/sheet.tsx';
import { RegisterChecks } from './register-checks.tsx';
import { lastPart, nameProblem, proposeName } from './image-names.ts';

/** An ISO that stays where it is: a file of the computer that Bootbench runs on, or a web address. */
export function RegisterSheet({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Sheet title="Register an ISO where it is" isOpen={isOpen} onClose={onClose}>
      <RegisterForm onDone={onClose} />
    </Sheet>
  );
}

function RegisterForm({ onDone }: { onDone: () => void }) {
  const call = useCall();
  const images = useAppStore((state) => state.images);
  const [where, setWhere] = useState('');
  const [chosen, setChosen] = useState<string>();
  const [asking, setAsking] = useState(false);
  const [error, setError] = useState<ErrorBody>();
  const isTaken = (each: string): boolean => each in images;
  const place = where.trim();
  const name = chosen ?? (place === '' ? '' : proposeName(lastPart(place), isTaken));
  const isUrl = /^https?:\/\//i.test(place);
  const problem = name === '' ? undefined : nameProblem(name, isTaken);

  const register = async (): Promise<void> => {
    setAsking(true);
    setError(undefined);
    const source = isUrl ? { type: 'url' as const, url: place } : { type: 'file' as const, path: place };
    const answer = await call('image.add', { name, source });
    setAsking(false);
    if (answer.ok) onDone();
    else setError(answer.error);
  };

  return (
    <form
      className="offer"
      onSubmit={(event) => {
        event.preventDefault();
        if (place !== '' && problem === undefined) void register();
      }}
    >
      <Field
        label="Path or URL"
        help="A path on the computer where Bootbench runs, or an http:// or https:// address."
        mono
        autoFocus
        value={where}
        onChange={(text) => {
          setWhere(text);
          setError(undefined);
        }}
      />
      <Field label="Name in the library" mono value={name} onChange={setChosen} error={problem} />
      {error && (
        <div>
          <Failure error={error} />
          {isUrl && <RegisterChecks error={error} />}
        </div>
      )}
      {asking && <p className="quiet">Checking the ISO…</p>}
      <SheetActions>
        <Button onPress={onDone}>Cancel</Button>
        <Button main type="submit" isDisabled={asking || place === '' || name === '' || problem !== undefined}>
          Register this ISO
        </Button>
      </SheetActions>
    </form>
  );
}
