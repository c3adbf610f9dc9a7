import { useCallback, useEffect, useRef, useState } from 'react';
import type { Host } from '../../../contract/inventory.ts';
import { href } from '../../store/route.ts';
import { useAppStore, useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { StateMark } from '../../ui/state.tsx';
import type { ConsoleScreen } from './console-screen.ts';
import { ConsoleAside } from './console-aside.tsx';
import { consoleStatus, PAGE, terminalOf } from './labels.ts';
import { KeyboardLine } from './keyboard-line.tsx';
import { TerminalElement } from './terminal.tsx';
import { Toolbar } from './toolbar.tsx';
import { useConsole } from './use-console.ts';
import { useLiveOutput, useTranscript, type Place } from './use-output.ts';

const FONT_PX = 14;

/** One host's console: what it prints now, or a place of a transcript. */
export function ConsolePage({ host, at }: { host: Host; at: number | undefined }) {
  const status = useAppStore((state) => state.consoles[host.name]);
  const actions = useConsole(host.name);
  const [screen, setScreen] = useState<ConsoleScreen>();
  const [place, setPlace] = usePlace(host.name, at);
  const leave = useRef<HTMLDivElement>(null);
  useLiveOutput(host.name, screen, { isShown: place === undefined });
  useTranscript(host.name, screen, place, actions.setError);
  useEffect(() => {
    if (at === undefined) screen?.focus();
  }, [screen, at]);
  const { state, label } = consoleStatus(status);
  return (
    <div className="console-page">
      <header className="console-head">
        <a className="link" href={href('consoles')}>
          {PAGE.all}
        </a>
        <h1 className="host-title">
          <a href={href('hosts', host.name)}>{host.name}</a>
        </h1>
        <StateMark state={state}>{label}</StateMark>
        <span className="quiet console-message">{status?.message}</span>
      </header>
      <div className="console-bar" ref={leave}>
        <Toolbar host={host.name} status={status} actions={actions} place={place} onPlace={setPlace} />
      </div>
      {status?.error && <Trouble code={status.error.code} error={status.error} actions={actions} />}
      {status?.notStored && <Failure error={status.notStored} />}
      {actions.error && <Failure error={actions.error} />}
      <div className="console-columns">
        <div className="console-main">
          <TerminalElement
            className="console-terminal"
            label={terminalOf(host.name)}
            fontSize={FONT_PX}
            fills
            onScreen={setScreen}
            onInput={place === undefined ? actions.type : undefined}
            onLeave={() => leave.current?.querySelector<HTMLElement>('button:not(:disabled)')?.focus()}
          />
          <KeyboardLine status={status} actions={actions} isLive={place === undefined} />
        </div>
        <ConsoleAside host={host} screen={screen} onPlace={setPlace} />
      </div>
    </div>
  );
}

/** The place to show; with a time, where the console was then. */
function usePlace(host: string, at: number | undefined): [Place | undefined, (place: Place | undefined) => void] {
  const call = useCall();
  const [place, setPlace] = useState<Place>();
  const isLive = useAppStore((state) => state.link.state === 'live');
  const find = useCallback(async (): Promise<void> => {
    if (at === undefined) return;
    const answer = await call('console.at', { host, at });
    if (answer.ok && answer.value) setPlace(answer.value);
  }, [call, host, at]);
  useEffect(() => {
    if (isLive) void find();
  }, [find, isLive]);
  return [place, setPlace];
}

interface TroubleProps {
  code: string;
  error: { code: string; message: string; next: string };
  actions: ReturnType<typeof useConsole>;
}

/** Why the console is not connected, and the button for what to do about it. */
function Trouble({ code, error, actions }: TroubleProps) {
  return (
    <div className="console-trouble">
      <Failure error={error} />
      {code === 'E_CONSOLE_BUSY' && (
        <Button hint={PAGE.takeOverSession.hint} onPress={() => actions.reconnect(true)}>
          {PAGE.takeOverSession.label}
        </Button>
      )}
      {code === 'E_CONSOLE_HOST_KEY' && (
        <Button hint={PAGE.acceptKey.hint} onPress={() => actions.acceptHostKey()}>
          {PAGE.acceptKey.label}
        </Button>
      )}
      <Button onPress={() => actions.reconnect(false)}>{PAGE.reconnect}</Button>
    </div>
  );
}
