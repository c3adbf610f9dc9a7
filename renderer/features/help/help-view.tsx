import './help.css';
import { useEffect, useRef, useState } from 'react';
import { Field } from '../../ui/field.tsx';
import { Empty, Section } from '../../ui/section.tsx';
import { href } from '../../store/route.ts';
import { ENTRIES, found, type HelpEntry } from './entries.ts';
import { HELP, KEYS, notACode } from './labels.ts';

/** Every error with its next step, the keys, and where the log is. `name`: the code to show. */
export function HelpView({ name }: { name?: string }) {
  const [text, setText] = useState('');
  const shown = found(text);
  const isMissing = name !== undefined && !ENTRIES.some(({ code }) => code === name);
  return (
    <div className="columns help">
      <div className="view">
        <Section id="errors" title={HELP.title} aside={`${shown.length} of ${ENTRIES.length}`}>
          <div className="help-search" data-search>
            <Field label={HELP.search} placeholder={HELP.searchExample} value={text} onChange={setText} />
          </div>
          {isMissing && <Empty>{notACode(name)}</Empty>}
          {shown.length === 0 && <Empty>{HELP.none}</Empty>}
          <ul>
            {shown.map((entry) => (
              <Entry key={entry.code} entry={entry} isMarked={entry.code === name} />
            ))}
          </ul>
        </Section>
      </div>
      <div className="view" role="region" tabIndex={0} aria-label={HELP.more}>
        <Keys />
        <FilesAndStatus />
      </div>
    </div>
  );
}

function Entry({ entry: { code, title, next }, isMarked }: { entry: HelpEntry; isMarked: boolean }) {
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (!isMarked) return;
    row.current?.scrollIntoView({ block: 'center' });
    row.current?.focus({ preventScroll: true });
  }, [isMarked]);
  return (
    <li ref={row} id={code} className="help-entry" tabIndex={-1} aria-current={isMarked ? 'true' : undefined}>
      <span className="help-title">{title}</span>
      <span className="mono small quiet help-code">{code}</span>
      <span className="help-next">{next}</span>
    </li>
  );
}

function Keys() {
  return (
    <Section id="keys" title={HELP.keys}>
      <dl className="help-keys">
        {KEYS.map(({ keys, does }) => (
          <div key={keys} className="help-key">
            <dt>
              <kbd className="mono">{keys}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

function FilesAndStatus() {
  return (
    <Section id="log" title={HELP.files}>
      <div className="help-text">
        <p>
          <a className="go-link" href={href('doctor')}>
            {HELP.doctor}
          </a>{' '}
          tries every part of it, and saves a support bundle.
        </p>
        <p>
          The log is <code className="mono">log/bootbench.log</code> in the data directory, with one line of JSON for each message.
        </p>
        <p>
          <code className="mono">bootbench status</code> in a terminal shows what is running. The data directory is set with{' '}
          <code className="mono">--data-dir</code>; the default on Linux is <code className="mono">~/.local/share/bootbench</code>.
        </p>
      </div>
    </Section>
  );
}
