import './configs.css';
import { useEffect, useRef, useState } from 'react';
import type { Config } from '../../../contract/inventory.ts';
import { href } from '../../store/route.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Field } from '../../ui/field.tsx';
import { StateMark } from '../../ui/state.tsx';
import { ConfigList } from './config-list.tsx';
import { CodeEditor, type EditorHandle } from './code-editor.tsx';
import { isChanged, setText, withMine } from './draft.ts';
import { Findings, useFindings } from './findings.tsx';
import { FieldsList } from './fields-list.tsx';
import { FileTabs } from './file-tabs.tsx';
import { FormatPicker } from './format-picker.tsx';
import { changedElsewhere, LIST, notFound, PAGE } from './labels.ts';
import { Preview } from './preview.tsx';
import { RemoveConfig } from './remove-config.tsx';
import { fieldsFor } from './template-fields.ts';
import { useDraft, type Editing } from './use-draft.ts';

/** All configs, or the one that is named. */
export function ConfigsView({ name }: { name?: string }) {
  return name === undefined ? <ConfigList /> : <ConfigPage key={name} name={name} />;
}

/** One config: its files in the editor, and what a host will read next to it. */
function ConfigPage({ name }: { name: string }) {
  const config = useAppStore((state) => state.configs[name]);
  if (!config)
    return (
      <div className="view">
        <header className="list-head">
          <h1 className="list-title">{notFound(name)}</h1>
        </header>
        <p>
          <a className="go-link" href={href('configs')}>
            {PAGE.showAll}
          </a>
        </p>
      </div>
    );
  return <Opened config={config} />;
}

function Opened({ config }: { config: Config }) {
  const { name } = config;
  const editing = useDraft(config);
  const { draft, theirs, change, save } = editing;
  const hosts = useAppStore((state) => state.hosts);
  const fields = fieldsFor(hosts);
  const names = Object.keys(draft.mine.files);
  const [chosen, setFile] = useState(draft.mine.defaultFile);
  const file = chosen !== undefined && names.includes(chosen) ? chosen : (names[0] ?? '');
  const found = useFindings(draft.mine);
  const editor = useRef<EditorHandle>(null);
  const pending = useRef<{ line: number; column: number }>(undefined);
  useSaveKey(save);

  // The other file's text is in the editor only after the next paint.
  useEffect(() => {
    const place = pending.current;
    pending.current = undefined;
    if (place) editor.current?.jumpTo(place.line, place.column);
  }, [file]);
  const jump = (place: { file: string; line: number; column: number }): void => {
    if (place.file === file) editor.current?.jumpTo(place.line, place.column);
    else if (names.includes(place.file)) {
      pending.current = place;
      setFile(place.file);
    }
  };

  return (
    <div className="config-page">
      <PageHead config={config} editing={editing} />
      <div className="config-columns">
        <section className="config-editor" aria-label={PAGE.files}>
          {theirs && <Conflict name={name} editing={editing} />}
          <FileTabs draft={draft} file={file} onOpen={setFile} onChange={change}>
            <CodeEditor
              ref={editor}
              format={draft.mine.format}
              file={file}
              text={draft.mine.files[file] ?? ''}
              fields={fields}
              findings={found.value}
              onText={(text) => change(setText(draft, file, text))}
            />
          </FileTabs>
          <Findings found={found} onJump={jump} />
          <p className="editor-help quiet small">{PAGE.help}</p>
        </section>
        <aside className="config-side" aria-label={PAGE.side}>
          <Preview config={config} file={file} theirs={theirs} changed={isChanged(draft)} onJump={jump} />
          <FieldsList fields={fields} onInsert={(field) => editor.current?.insert(`{{ ${field} }}`)} />
        </aside>
      </div>
    </div>
  );
}

function PageHead({ config, editing: { draft, theirs, error, saving, change, save } }: { config: Config; editing: Editing }) {
  const changed = isChanged(draft);
  return (
    <header className="config-head">
      <div className="list-head">
        <h1 className="list-title">
          <a className="go-link quiet" href={href('configs')}>
            {LIST.title}
          </a>{' '}
          <span className="quiet">/</span> {config.name}
        </h1>
        <span className="config-state" role="status">
          <StateMark state={changed ? 'needs' : 'ready'}>{saving ? PAGE.saving : changed ? PAGE.unsaved : PAGE.saved}</StateMark>
        </span>
        <RemoveConfig config={config} />
        <Button main onPress={save} isDisabled={!changed || saving || theirs !== undefined} hint="Ctrl-S">
          {PAGE.save}
        </Button>
      </div>
      <div className="config-about">
        <FormatPicker format={draft.mine.format} onChoose={(format) => change(withMine(draft, { format }))} />
        <Field
          label={PAGE.description}
          value={draft.mine.description}
          maxLength={500}
          placeholder={PAGE.descriptionExample}
          onChange={(description) => change(withMine(draft, { description }))}
        />
      </div>
      {error && <Failure error={error} />}
    </header>
  );
}

/** Two clients changed the config. Both versions are shown: one's own in the editor, the other next to it. */
function Conflict({ name, editing }: { name: string; editing: Editing }) {
  return (
    <div className="conflict" role="alert">
      <p>
        <StateMark state="needs">{changedElsewhere(name)}</StateMark> <span className="quiet">{PAGE.conflictNext}</span>
      </p>
      <Button onPress={editing.keepMine}>{PAGE.keepMine}</Button>
      <Button onPress={editing.takeTheirs}>{PAGE.takeTheirs}</Button>
    </div>
  );
}

function useSaveKey(save: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 's') return;
      event.preventDefault();
      save();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });
}
