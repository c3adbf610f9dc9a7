import { CheckboxButton, CheckboxField } from 'react-aria-components/Checkbox';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { EDIT, interfaceTitle, moreFields, removeInterface } from './labels.ts';
import { MoreFields } from './more-fields.tsx';
import { FIELDS, USUAL_FIELDS, type Faults, type FieldSpec, type InterfaceDraft } from './host-form.ts';

interface Props {
  index: number;
  /** A host keeps at least one interface. */
  only: boolean;
  draft: InterfaceDraft;
  faults: Faults;
  setDraft: (draft: InterfaceDraft | undefined) => void;
}

/** One interface: the usual fields, and all others folded below (unfolded where one of them is set or refused). */
export function InterfaceFields({ index, only, draft, faults, setDraft }: Props) {
  const set = (key: FieldSpec['key'], value: string): void => setDraft({ ...draft, text: { ...draft.text, [key]: value } });
  const field = (spec: FieldSpec) => (
    <Field
      key={spec.key}
      label={spec.label}
      help={spec.help}
      mono
      value={draft.text[spec.key] ?? ''}
      onChange={(value) => set(spec.key, value)}
      error={faults[`interfaces.${index}.${spec.key}`]}
    />
  );
  const folded = FIELDS.slice(USUAL_FIELDS);
  const used = folded.filter(({ key }) => (draft.text[key] ?? '') !== '').length;
  const refused = folded.some(({ key }) => faults[`interfaces.${index}.${key}`] !== undefined);
  return (
    <fieldset className="interface">
      <legend className="field-label">{interfaceTitle(index)}</legend>
      <div className="field-columns">
        {FIELDS.slice(0, USUAL_FIELDS).map(field)}
        <CheckboxField className="check-field" isSelected={draft.allowPXE} onChange={(allowPXE) => setDraft({ ...draft, allowPXE })}>
          <CheckboxButton className="check">
            <span className="mark" aria-hidden="true" />
            {EDIT.mayNetboot}
          </CheckboxButton>
        </CheckboxField>
      </div>
      <MoreFields title={moreFields(used)} isRefused={refused}>
        {folded.map(field)}
      </MoreFields>
      {!only && (
        <div>
          <Button onPress={() => setDraft(undefined)}>{removeInterface(index)}</Button>
        </div>
      )}
    </fieldset>
  );
}
