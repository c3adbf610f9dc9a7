import { useState } from 'react';
import { CheckboxButton, CheckboxField } from 'react-aria-components/Checkbox';
import type { ErrorBody } from '../../../contract/errors.ts';
import type { Image } from '../../../contract/inventory.ts';
import { useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Field } from '../../ui/field.tsx';
import { Picker } from '../../ui/picker.tsx';
import { Section } from '../../ui/section.tsx';

/** How it is used: its kind, its arguments, and whether anything of it is changed at all. */
export function ImageUse({ image }: { image: Image }) {
  const { name, kind, args = '', unpatched = false, description } = image;
  const { patch, error } = usePatch(name);
  return (
    <Section id="image-use" title="Use">
      <div className="image-use">
        <div className="image-kind">
          <span className="field-label" aria-hidden="true">
            Kind
          </span>
          <Picker label="Kind" choices={KINDS} value={kind} placeholder="choose a kind" onChoose={(next) => patch({ kind: next })} />
        </div>
        <Saved
          key={`args ${args}`}
          saved={args}
          label="Kernel arguments for every host"
          help={unpatched ? 'Not added while the ISO is served unpatched' : 'Added before those of the interface and the host'}
          verb="Save image arguments"
          maxLength={2000}
          mono
          onSave={(text) => patch({ args: text.trim() === '' ? null : text.trim() })}
        />
        <CheckboxField isSelected={unpatched} onChange={(next) => patch({ unpatched: next })}>
          <CheckboxButton className="tick">
            <span className="tick-box" aria-hidden="true" />
            <span>Serve it unpatched</span>
            <span className="quiet small">No arguments, no files: every machine reads exactly this ISO.</span>
          </CheckboxButton>
        </CheckboxField>
        <Saved
          key={`description ${description}`}
          saved={description}
          label="Description"
          placeholder="What it is for"
          verb="Save description"
          maxLength={500}
          onSave={(text) => patch({ description: text })}
        />
        {error && <Failure error={error} />}
      </div>
    </Section>
  );
}

const KINDS = [
  { id: 'install', label: 'Install', note: 'Once the installer is done, the host boots its own disk.' },
  { id: 'live', label: 'Live', note: 'The host runs from this image every time.' },
];

type Patch = Record<string, string | boolean | null>;

function usePatch(name: string): { patch: (patch: Patch) => void; error: ErrorBody | undefined } {
  const call = useCall();
  const [error, setError] = useState<ErrorBody>();
  const send = async (patch: Patch): Promise<void> => {
    const answer = await call('image.patch', { name, patch });
    setError(answer.ok ? undefined : answer.error);
  };
  return { patch: (patch) => void send(patch), error };
}

interface SavedProps {
  saved: string;
  label: string;
  verb: string;
  maxLength: number;
  help?: string;
  placeholder?: string;
  mono?: boolean;
  onSave: (text: string) => void;
}

/** A line of text with its own button. */
function Saved({ saved, verb, onSave, ...field }: SavedProps) {
  const [text, setText] = useState(saved);
  return (
    <form
      className="image-line"
      onSubmit={(event) => {
        event.preventDefault();
        onSave(text);
      }}
    >
      <Field {...field} value={text} onChange={setText} />
      <Button type="submit" isDisabled={text === saved}>
        {verb}
      </Button>
    </form>
  );
}
