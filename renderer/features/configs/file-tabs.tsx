import { useState, type ReactNode } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components/Tabs';
import { FileName } from '../../../contract/primitives.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { Sheet, SheetActions } from '../../ui/sheet.tsx';
import { ADD, fileExists, FILES, renameTitle } from './labels.ts';
import { changedFiles, removeFile, renameFile, setText, withMine, type Draft } from './draft.ts';

const MAX_FILES = 64;

interface Props {
  draft: Draft;
  file: string;
  onOpen: (file: string) => void;
  onChange: (draft: Draft) => void;
  children: ReactNode;
}

/** The files of a config. Adding, renaming and removing change the draft; the save writes them. */
export function FileTabs({ draft, file, onOpen, onChange, children }: Props) {
  const names = Object.keys(draft.mine.files);
  const changed = changedFiles(draft);
  const { defaultFile } = draft.mine;
  return (
    <Tabs className="file-tabs" selectedKey={file} onSelectionChange={(key) => onOpen(String(key))}>
      <div className="file-bar">
        <TabList aria-label={FILES.list} className="file-list">
          {names.map((name) => (
            <Tab key={name} id={name} className="file-tab mono" aria-label={tabLabel(name, changed.includes(name), name === defaultFile)}>
              {name}
              {changed.includes(name) && <span aria-hidden="true"> ▲</span>}
              {name === defaultFile && <span className="quiet small"> {FILES.default}</span>}
            </Tab>
          ))}
        </TabList>
        <FileActions draft={draft} file={file} onOpen={onOpen} onChange={onChange} />
      </div>
      <TabPanel key={file} id={file} className="file-panel">
        {children}
      </TabPanel>
    </Tabs>
  );
}

function tabLabel(name: string, changed: boolean, isDefault: boolean): string {
  return [name, isDefault && FILES.defaultFile, changed && FILES.unsaved].filter(Boolean).join(', ');
}

function FileActions({ draft, file, onOpen, onChange }: Omit<Props, 'children'>) {
  const [naming, setNaming] = useState<'add' | 'rename'>();
  const names = Object.keys(draft.mine.files);
  const isDefault = draft.mine.defaultFile === file;
  const name = (next: string): void => {
    onChange(naming === 'add' ? setText(draft, next, '') : renameFile(draft, file, next));
    onOpen(next);
    setNaming(undefined);
  };
  return (
    <div className="file-actions">
      <Button plain onPress={() => setNaming('add')} isDisabled={names.length >= MAX_FILES}>
        {FILES.addFile}
      </Button>
      <Button plain onPress={() => setNaming('rename')}>
        {FILES.rename}
      </Button>
      {names.length > 1 && (
        <>
          <Button
            plain
            hint={isDefault ? FILES.notDefaultHint : FILES.makeDefaultHint}
            onPress={() => onChange(withMine(draft, { defaultFile: isDefault ? undefined : file }))}
          >
            {isDefault ? FILES.notDefault : FILES.makeDefault}
          </Button>
          <Button plain onPress={() => onChange(removeFile(draft, file))}>
            {FILES.remove}
          </Button>
        </>
      )}
      <Sheet
        title={naming === 'add' ? FILES.addTitle : renameTitle(file)}
        isOpen={naming !== undefined}
        onClose={() => setNaming(undefined)}
      >
        <NameForm
          start={naming === 'add' ? '' : file}
          verb={naming === 'add' ? FILES.addThis : FILES.renameThis}
          others={names}
          onName={name}
          onCancel={() => setNaming(undefined)}
        />
      </Sheet>
    </div>
  );
}

function NameForm({
  start,
  verb,
  others,
  onName,
  onCancel,
}: {
  start: string;
  verb: string;
  others: readonly string[];
  onName: (name: string) => void;
  onCancel: () => void;
}) {
  const [name, setName] = useState(start);
  const taken = name !== start && others.includes(name);
  const bad = name !== '' && !FileName.safeParse(name).success;
  const problem = taken ? fileExists(name) : bad ? ADD.badFileName : undefined;
  return (
    <form
      className="add-config"
      onSubmit={(event) => {
        event.preventDefault();
        if (name !== '' && name !== start && problem === undefined) onName(name);
      }}
    >
      <Field label={FILES.name} mono autoFocus value={name} onChange={setName} error={problem} />
      <SheetActions>
        <Button onPress={onCancel}>{FILES.cancel}</Button>
        <Button main type="submit" isDisabled={name === '' || name === start || problem !== undefined}>
          {verb}
        </Button>
      </SheetActions>
    </form>
  );
}
