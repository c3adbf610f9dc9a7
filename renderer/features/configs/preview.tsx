import { useEffect, useState } from 'react';
import type { ErrorBody } from '../../../contract/errors.ts';
import type { Config } from '../../../contract/inventory.ts';
import { useAppStore, useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Picker } from '../../ui/picker.tsx';
import { hostsUsing, placeOf } from './config-labels.ts';
import type { Content } from './draft.ts';

interface Props {
  config: Config;
  file: string;
  /** The other version while two stand against each other. */
  theirs: Content | undefined;
  changed: boolean;
  onJump: (place: { file: string; line: number; column: number }) => void;
}

type Rendered = { ok: true; text: string; contentType: string } | { ok: false; error: ErrorBody };

/** What a host will read: the saved text with its fields filled, by the appliance itself. */
export function Preview({ config, file, theirs, changed, onJump }: Props) {
  const [chosen, setChosen] = useState<string>();
  const hosts = useAppStore((state) => state.hosts);
  const users = hostsUsing(hosts, config.name);
  const names = Object.keys(hosts).sort();
  const host = chosen !== undefined && chosen in hosts ? chosen : (users[0] ?? names[0]);
  const rendered = useRendered(config, host, file);

  if (theirs)
    return (
      <section className="preview" aria-label="The other version">
        <h2>The other version of {file}</h2>
        <Text text={theirs.files[file]} none={`The other version has no file ${file}.`} />
      </section>
    );
  return (
    <section className="preview" aria-labelledby="preview-title">
      <header className="preview-head">
        <h2 id="preview-title">Preview for</h2>
        <Picker
          label="Host of the preview"
          choices={names.map((name) => ({ id: name, label: name, ...(users.includes(name) && { note: 'is assigned this config' }) }))}
          value={host}
          placeholder="no hosts yet"
          isDisabled={names.length === 0}
          onChoose={setChosen}
        />
        <span className="quiet small preview-aside">{aside(rendered, changed)}</span>
      </header>
      {host === undefined && <p className="quiet">There are no hosts yet. Add one to see this config with its fields filled.</p>}
      {rendered?.ok === false && <Trouble error={rendered.error} onJump={onJump} />}
      {host !== undefined && rendered?.ok !== false && <Text text={rendered?.text} none="Asked for the preview …" />}
    </section>
  );
}

function aside(rendered: Rendered | undefined, changed: boolean): string {
  if (changed) return 'as saved; save to see changes';
  return rendered?.ok ? rendered.contentType : '';
}

function Text({ text, none }: { text: string | undefined; none: string }) {
  if (text === undefined) return <p className="quiet preview-text">{none}</p>;
  return (
    <pre className="preview-text mono" tabIndex={0} aria-label="Text of the preview">
      {text}
    </pre>
  );
}

function Trouble({ error, onJump }: { error: ErrorBody; onJump: Props['onJump'] }) {
  const place = placeOf(error.message);
  return (
    <div className="preview-trouble">
      <Failure error={error} />
      {place && <Button onPress={() => onJump(place)}>Go to line {place.line}</Button>}
    </div>
  );
}

/** Asked anew when the saved text, the host or the file is another. What was shown stays until the answer is there. */
function useRendered(config: Config, host: string | undefined, file: string): Rendered | undefined {
  const call = useCall();
  const hostAt = useAppStore((state) => (host === undefined ? 0 : state.hosts[host]?.updatedAt));
  const [rendered, setRendered] = useState<Rendered>();
  const { name, updatedAt, files } = config;
  const saved = Object.hasOwn(files, file);
  useEffect(() => {
    let current = true;
    if (host === undefined || !saved) return;
    void call('config.render', { config: name, host, file }).then((answer) => {
      if (current) setRendered(answer.ok ? { ok: true, text: answer.value.text, contentType: answer.value.contentType } : answer);
    });
    return () => {
      current = false;
    };
  }, [call, name, updatedAt, host, hostAt, file, saved]);
  return saved ? rendered : { ok: true, text: 'This file is not saved yet.', contentType: '' };
}
