import { useState } from 'react';
import type { RuntimeSettings } from '../../../contract/appliance.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import type { SettingField } from './settings-fields.ts';
import type { KnownSettings } from './use-settings.ts';

interface Props {
  field: SettingField;
  settings: RuntimeSettings;
  change: KnownSettings['change'];
}

/** One setting as text: typed, sent with Enter or Save, refused at the field. Esc puts back what holds. */
export function SettingRow({ field, settings, change }: Props) {
  const truth = field.show(settings);
  const { draft, setDraft, error, asked, save, revert } = useDraft({ field, settings, change });
  const isChanged = draft !== undefined && draft.trim() !== truth;
  return (
    <form
      className="setting"
      onSubmit={(event) => {
        event.preventDefault();
        if (isChanged) void save(draft.trim());
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || draft === undefined) return;
        event.preventDefault();
        revert();
      }}
    >
      <Field
        label={field.label}
        help={field.help}
        placeholder={field.placeholder}
        mono
        value={draft ?? truth}
        onChange={setDraft}
        error={error}
        spellCheck="false"
        autoComplete="off"
      />
      <Button type="submit" isDisabled={!isChanged || asked} aria-label={`Save ${field.label}`} hint="Enter">
        {asked ? 'Saving…' : 'Save'}
      </Button>
    </form>
  );
}

function useDraft({ field, change }: Props) {
  const [draft, setDraftText] = useState<string>();
  const [error, setError] = useState<string>();
  const [asked, setAsked] = useState(false);
  const revert = (): void => {
    setDraftText(undefined);
    setError(undefined);
  };
  const setDraft = (text: string): void => {
    setDraftText(text);
    setError(undefined);
  };
  const save = async (text: string): Promise<void> => {
    const read = field.read(text);
    if ('error' in read) {
      setError(read.error);
      return;
    }
    setAsked(true);
    const answer = await change({ [field.name]: read.value });
    setAsked(false);
    if (answer.ok) revert();
    else setError(`${answer.error.message} ${answer.error.next}`);
  };
  return { draft, setDraft, error, asked, save, revert };
}
