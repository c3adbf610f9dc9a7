import { useEffect, useState } from 'react';
import type { ErrorBody } from '../../../contract/errors.ts';
import type { Config } from '../../../contract/inventory.ts';
import { useAppStore, useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Picker } from '../../ui/picker.tsx';
import { hostsUsing } from '../../model/hosts.ts';
import { goToLine, noSuchFile, otherVersionOf, PREVIEW } from './labels.ts';
import type { Content } from './draft.ts';

interface Props {
  config: Config;
  file: string;
  /** The appliance's version during a conflict. */
  theirs: Content | undefined;
  changed: boolean;
  onJump: (place: { file: string; line: number; column: number }) => void;
}

type Rendered = { ok: true; text: string; contentType: string } | { ok: false; error: ErrorBody };

/** What a host will read: the saved text with its fields filled in by the appliance. */
export function Preview({ config, file, theirs, changed, onJump }: Props) {
  const [chosen, setChosen] = useState<string>();
  const hosts = useAppStore((state) => state.hosts);
  const users = hostsUsing(hosts, 'config', config.name);
  const names = Object.keys(hosts).sort();
  const host = chosen !== undefined && chosen in hosts ? chosen : (users[0] ?? names[0]);
  const rendered = useRendered(config, host, file);

  if (theirs)
    return (
      <section className="preview" aria-label={PREVIEW.otherVersion}>
        <h2>{otherVersionOf(file)}</h2>
        <Text text={theirs.files[file]} none={noSuchFile(file)} />
      </section>
    );
  return (
    <section className="preview" aria-labelledby="preview-title">
      <header className="preview-head">
        <h2 id="preview-title">{PREVIEW.title}</h2>
        <Picker
          label={PREVIEW.host}
          choices={names.map((name) => ({ id: name, label: name, ...(users.includes(name) && { note: PREVIEW.assigned }) }))}
          value={host}
          placeholder={PREVIEW.noHosts}
          isDisabled={names.length === 0}
          onChoose={setChosen}
        />
        <span className="quiet small preview-aside">{aside(rendered, changed)}</span>
      </header>
      {host === undefined && <p className="quiet">{PREVIEW.addHost}</p>}
      {rendered?.ok === false && <Trouble error={rendered.error} onJump={onJump} />}
      {host !== undefined && rendered?.ok !== false && <Text text={rendered?.text} none={PREVIEW.loading} />}
    </section>
  );
}

function aside(rendered: Rendered | undefined, changed: boolean): string {
  if (changed) return PREVIEW.unsaved;
  return rendered?.ok ? rendered.contentType : '';
}

function Text({ text, none }: { text: string | undefined; none: string }) {
  if (text === undefined) return <p className="quiet preview-text">{none}</p>;
  return (
    <pre className="preview-text mono" tabIndex={0} aria-label={PREVIEW.text}>
      {text}
    </pre>
  );
}

function Trouble({ error, onJump }: { error: ErrorBody; onJump: Props['onJump'] }) {
  const place = error.details?.place;
  return (
    <div className="preview-trouble">
      <Failure error={error} />
      {place && <Button onPress={() => onJump(place)}>{goToLine(place.line)}</Button>}
    </div>
  );
}

/** Rendered again when the saved text, the host or the file changes. The former text stays until the new one arrives. */
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
  return saved ? rendered : { ok: true, text: PREVIEW.notSaved, contentType: '' };
}
