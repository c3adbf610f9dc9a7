import { useState, type DragEvent } from 'react';
import { FileTrigger } from 'react-aria-components/FileTrigger';
import { Label } from 'react-aria-components/Label';
import { TextArea } from 'react-aria-components/TextArea';
import { TextField } from 'react-aria-components/TextField';
import type { ErrorBody } from '../../../contract/errors.ts';
import { FileName, Name } from '../../../contract/primitives.ts';
import type { ConfigFormat } from '../../../contract/inventory.ts';
import { go } from '../../store/route.ts';
import { useAppStore, useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Field } from '../../ui/field.tsx';
import { Picker } from '../../ui/picker.tsx';
import { Sheet, SheetActions } from '../../ui/sheet.tsx';
import { FORMATS, guessFormat, usualFile } from './config-labels.ts';

const LARGEST = 1_048_576;

export function AddConfigSheet({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Sheet title="Add a config" isOpen={isOpen} onClose={onClose}>
      <AddForm onDone={onClose} />
    </Sheet>
  );
}

/** Format and file name follow what is pasted or dropped until they are chosen by hand. */
function AddForm({ onDone }: { onDone: () => void }) {
  const call = useCall();
  const configs = useAppStore((state) => state.configs);
  const [name, setName] = useState('');
  const [text, setText] = useState('');
  const [chosenFormat, setFormat] = useState<ConfigFormat>();
  const [chosenFile, setFile] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const [error, setError] = useState<ErrorBody>();
  const format = chosenFormat ?? guessFormat(chosenFile ?? '', text) ?? 'kickstart';
  const file = chosenFile ?? usualFile(format);
  const nameProblem = name === '' ? undefined : problemOf(name, name in configs);
  const fileProblem = FileName.safeParse(file).success ? undefined : 'Use a plain file name without slashes.';

  const read = async (dropped: File | undefined): Promise<void> => {
    if (!dropped) return;
    if (dropped.size > LARGEST) {
      setProblem(`${dropped.name} was not taken: a file of a config may have at most 1 MiB of text.`);
      return;
    }
    const read = await dropped.text();
    setProblem(read.includes('\0') ? `${dropped.name} was not taken: it is no text.` : undefined);
    if (read.includes('\0')) return;
    setText(read);
    setFile(dropped.name);
  };

  const add = async (): Promise<void> => {
    const answer = await call('config.add', { name, format, files: { [file]: text } });
    if (!answer.ok) {
      setError(answer.error);
      return;
    }
    onDone();
    go('configs', name);
  };

  return (
    <form
      className="add-config"
      data-takes-drops
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event: DragEvent) => {
        event.preventDefault();
        void read(event.dataTransfer.files[0]);
      }}
      onSubmit={(event) => {
        event.preventDefault();
        if (name !== '' && nameProblem === undefined && fileProblem === undefined) void add();
      }}
    >
      <div className="add-config-row">
        <Field label="Name" mono autoFocus value={name} onChange={setName} error={nameProblem} />
        <div className="field">
          <span className="field-label" aria-hidden="true">
            Format
          </span>
          <Picker
            label="Format"
            choices={FORMATS}
            value={format}
            placeholder="choose a format"
            onChoose={(id) => setFormat(FORMATS.find((each) => each.id === id)?.id)}
          />
        </div>
      </div>
      <Field label="First file" mono value={file} onChange={setFile} error={fileProblem} />
      <TextField className="field" value={text} onChange={setText}>
        <Label className="field-label">Text: paste it, or drop a file here</Label>
        <TextArea className="input add-config-text mono" rows={12} spellCheck="false" maxLength={LARGEST} />
      </TextField>
      {problem !== undefined && (
        <p role="alert" className="field-error">
          {problem}
        </p>
      )}
      {error && <Failure error={error} />}
      <SheetActions>
        <FileTrigger onSelect={(files) => void read(files?.[0])}>
          <Button className="add-config-choose">Choose a file</Button>
        </FileTrigger>
        <Button onPress={onDone}>Cancel</Button>
        <Button main type="submit" isDisabled={name === '' || nameProblem !== undefined || fileProblem !== undefined}>
          Add this config
        </Button>
      </SheetActions>
    </form>
  );
}

function problemOf(name: string, taken: boolean): string | undefined {
  if (taken) return `There is a config ${name} already.`;
  return Name.safeParse(name).success
    ? undefined
    : 'Use letters, digits, dots, dashes or underscores, and start and end with a letter or digit.';
}
