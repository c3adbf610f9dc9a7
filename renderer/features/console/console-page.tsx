import { useCallback, useEffect, useRef, useState } from 'react';
import type { Host } from '../../../contract/inventory.ts';
import { href } from '../../store/route.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Failure } from '../../ui/failure.tsx';
import { StateMark } from '../../ui/state.tsx';
import { ConsoleAside } from './console-aside.tsx';
import type { ConsoleScreen } from './console-screen.ts';
import { KeyboardLine } from './keyboard-line.tsx';
import { consoleStatus, nothingRecorded, PAGE, terminalOf } from './labels.ts';
import { TerminalElement } from './terminal.tsx';
import { Toolbar } from './toolbar.tsx';
import { TranscriptLine } from './transcript-line.tsx';
import { Trouble } from './trouble.tsx';
import { useConsole, type ConsoleActions } from './use-console.ts';
import { useLiveOutput, useTranscript } from './use-output.ts';
import { usePlace } from './use-place.ts';

const FONT_PX = 14;

/** One host's console: what it prints now, or a place of a transcript. */
export function ConsolePage({ host, at }: { host: Host; at: number | undefined }) {
  const status = useAppStore((state) => state.consoles[host.name]);
  const actions = useConsole(host.name);
  const [screen, setScreen] = useState<ConsoleScreen>();
  const { place, setPlace, jump, nothingAt } = usePlace(host.name, at, actions.setError);
  const isLive = place === undefined;
  // Until the place of a time is found, nothing else is shown.
  const isFound = at === undefined || nothingAt !== undefined;
  const bar = useRef<HTMLDivElement>(null);
  useLiveOutput(host.name, screen, { isShown: isLive && isFound });
  const shown = useTranscript(host.name, screen, place, actions.setError);
  const takeOver = useTakeOver(screen, actions);
  useEffect(() => {
    if (isLive && isFound) screen?.focus();
  }, [screen, isLive, isFound]);
  return (
    <div className="console-page">
      <Head host={host} />
      <div className="console-bar" ref={bar}>
        <Toolbar host={host.name} status={status} actions={actions} place={place} onPlace={setPlace} />
      </div>
      <div className="console-messages">
        {status?.error && <Trouble host={host} status={status} error={status.error} actions={actions} />}
        {status?.notStored && <Failure error={status.notStored} />}
        {actions.error && <Failure error={actions.error} />}
        {nothingAt !== undefined && <p role="status">{nothingRecorded(nothingAt)}</p>}
      </div>
      <div className="console-columns">
        <div className="console-main">
          <TerminalElement
            key={isLive ? 'live' : 'transcript'}
            className="console-terminal"
            label={terminalOf(host.name)}
            fontSize={FONT_PX}
            onScreen={setScreen}
            onInput={isLive ? (bytes) => status?.state === 'open' && actions.type(bytes) : undefined}
            onLeave={() => bar.current?.querySelector<HTMLElement>('button:not(:disabled)')?.focus()}
          />
          {isLive ? (
            <KeyboardLine host={host.name} status={status} actions={actions} onTakeOver={takeOver} />
          ) : (
            <TranscriptLine host={host.name} place={place} shown={shown} onPlace={setPlace} />
          )}
        </div>
        <ConsoleAside host={host} screen={screen} isLive={isLive} onPlace={setPlace} onTime={jump} />
      </div>
    </div>
  );
}

function Head({ host }: { host: Host }) {
  const status = useAppStore((state) => state.consoles[host.name]);
  const { state, label } = consoleStatus(status);
  return (
    <header className="console-head">
      <a className="link" href={href('consoles')}>
        {PAGE.all}
      </a>
      <h1 className="host-title">
        <a href={href('hosts', host.name)}>{host.name}</a>
      </h1>
      <StateMark state={state}>{label}</StateMark>
      {!status?.error && (
        <span className="quiet console-message" title={status?.message}>
          {status?.message}
        </span>
      )}
    </header>
  );
}

/** Takes the keyboard; when it is this page's, the terminal has the focus. */
function useTakeOver(screen: ConsoleScreen | undefined, actions: ConsoleActions): () => void {
  const { takeKeyboard } = actions;
  return useCallback(() => {
    void takeKeyboard().then((isTaken) => {
      if (isTaken) screen?.focus();
    });
  }, [screen, takeKeyboard]);
}
