import { useState, type DragEvent } from 'react';
import { FileTrigger } from 'react-aria-components/FileTrigger';
import { Label } from 'react-aria-components/Label';
import { TextArea } from 'react-aria-components/TextArea';
import { TextField } from 'react-aria-components/TextField';
import type { ErrorBody } from '../../../contract/errors.ts';
import { FileName, Name } from '../../../contract/primitives.ts';
import type { ConfigFormat } from '../../../contract/inventory.ts';
import { usualFile } from '../../model/config-formats.ts';
import { go } from '../../store/route.ts';
import { useAppStore, useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Field } from '../../ui/field.tsx';
import { Sheet, SheetActions } from '../../ui/sheet.tsx';
import { FormatPicker } from './format-picker.tsx';
import { guessFormat } from './guess-format.ts';
import { ADD, fileTooLarge, nameTaken, notText } from './labels.ts';

const MAX_FILE_BYTES = 1_048_576;

export function AddConfigSheet({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Sheet title={ADD.title} isOpen={isOpen} onClose={onClose}>
      <AddForm onDone={onClose} />
    </Sheet>
  );
}

function AddForm({ onDone }: { onDone: () => void }) {
  const form = useNewConfig();
  const { name, file, text, nameProblem, fileProblem } = form;
  const isComplete = name !== '' && nameProblem === undefined && fileProblem === undefined;

  const submit = async (): Promise<void> => {
    if (!isComplete || !(await form.add())) return;
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
        void form.read(event.dataTransfer.files[0]);
      }}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <div className="add-config-row">
        <Field label={ADD.name} mono autoFocus value={name} onChange={form.setName} error={nameProblem} />
        <FormatPicker format={form.format} onChoose={form.setFormat} />
      </div>
      <Field label={ADD.firstFile} mono value={file} onChange={form.setFile} error={fileProblem} />
      <TextField className="field" value={text} onChange={form.setText}>
        <Label className="field-label">{ADD.text}</Label>
        <TextArea className="input add-config-text mono" rows={12} spellCheck="false" maxLength={MAX_FILE_BYTES} />
      </TextField>
      {form.refusal !== undefined && (
        <p role="alert" className="field-error">
          {form.refusal}
        </p>
      )}
      {form.error && <Failure error={form.error} />}
      <SheetActions>
        <FileTrigger onSelect={(files) => void form.read(files?.[0])}>
          <Button className="add-config-choose">{ADD.chooseFile}</Button>
        </FileTrigger>
        <Button onPress={onDone}>{ADD.cancel}</Button>
        <Button main type="submit" isDisabled={!isComplete}>
          {ADD.add}
        </Button>
      </SheetActions>
    </form>
  );
}

/** A config that is not added yet. Its format and file name follow the text that is pasted or dropped, until they are chosen. */
function useNewConfig() {
  const call = useCall();
  const configs = useAppStore((state) => state.configs);
  const [name, setName] = useState('');
  const [text, setText] = useState('');
  const [chosenFormat, setFormat] = useState<ConfigFormat>();
  const [chosenFile, setFile] = useState<string>();
  const [refusal, setRefusal] = useState<string>();
  const [error, setError] = useState<ErrorBody>();
  const format = chosenFormat ?? guessFormat(chosenFile ?? '', text) ?? 'kickstart';
  const file = chosenFile ?? usualFile(format);

  const read = async (dropped: File | undefined): Promise<void> => {
    if (!dropped) return;
    const content = await contentOf(dropped);
    setRefusal('refusal' in content ? content.refusal : undefined);
    if ('refusal' in content) return;
    setText(content.text);
    setFile(dropped.name);
  };
  /** Whether it was added. */
  const add = async (): Promise<boolean> => {
    const result = await call('config.add', { name, format, files: { [file]: text } });
    setError(result.ok ? undefined : result.error);
    return result.ok;
  };

  return {
    name,
    format,
    file,
    text,
    nameProblem: name === '' ? undefined : nameProblemOf(name, name in configs),
    fileProblem: FileName.safeParse(file).success ? undefined : ADD.badFileName,
    refusal,
    error,
    setName,
    setFormat,
    setFile,
    setText,
    read,
    add,
  };
}

async function contentOf(file: File): Promise<{ text: string } | { refusal: string }> {
  if (file.size > MAX_FILE_BYTES) return { refusal: fileTooLarge(file.name) };
  const text = await file.text();
  return text.includes('\0') ? { refusal: notText(file.name) } : { text };
}

function nameProblemOf(name: string, isTaken: boolean): string | undefined {
  if (isTaken) return nameTaken(name);
  return Name.safeParse(name).success ? undefined : ADD.badName;
}
