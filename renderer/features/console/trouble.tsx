import { useEffect, useState } from 'react';
import type { ConsoleStatus } from '../../../contract/console.ts';
import type { Host } from '../../../contract/inventory.ts';
import { href } from '../../store/route.ts';
import { Button } from '../../ui/button.tsx';
import { StateMark } from '../../ui/state.tsx';
import { CopyLine } from '../../ui/copy-line.tsx';
import { ChangeConsole } from './change-console.tsx';
import { Confirm } from './confirm.tsx';
import { PAGE } from './labels.ts';
import type { ConsoleActions } from './use-console.ts';

interface Props {
  host: Host;
  status: ConsoleStatus;
  error: NonNullable<ConsoleStatus['error']>;
  actions: ConsoleActions;
}

/** Shorter tries are not shown; a missing port is looked for every second. */
const TRY_SHOWN_AFTER_MS = 500;

/** Why the console is not connected, and the buttons for what to do about it. */
export function Trouble({ host, status, error: { code, message, next, command }, actions }: Props) {
  const isTrying = useLasting(status.state === 'opening', TRY_SHOWN_AFTER_MS);
  return (
    <div className="console-trouble">
      <div className="console-trouble-words">
        <p role="alert" className="failure">
          <StateMark state={status.state === 'failed' ? 'failed' : 'needs'}>{message}</StateMark> <span className="quiet">{next}</span>{' '}
          <a className="code-link mono small" href={href('help', code)}>
            {code}
          </a>
        </p>
        {command !== undefined && <CopyLine text={command} />}
      </div>
      {code === 'E_CONSOLE_BUSY' && canTakeOver(status) && (
        <Confirm label={PAGE.takeOverSession.label} title={PAGE.takeOverSession.title} onConfirm={() => actions.reconnect(true)}>
          {PAGE.takeOverSession.text}
        </Confirm>
      )}
      {code === 'E_CONSOLE_HOST_KEY' && (
        <Confirm label={PAGE.acceptKey.label} title={PAGE.acceptKey.title} onConfirm={() => actions.acceptHostKey()}>
          {message} {PAGE.acceptKey.text}
        </Confirm>
      )}
      <ChangeConsole host={host} />
      <Button className="console-reconnect" isDisabled={isTrying} onPress={() => actions.reconnect(false)}>
        {isTrying ? PAGE.reconnecting : PAGE.reconnect}
      </Button>
    </div>
  );
}

/** Only the session of a BMC can be taken from another user; a serial port belongs to its program. */
function canTakeOver({ url }: ConsoleStatus): boolean {
  return /^(sol|ssh):/i.test(url);
}

/** Whether a condition has been true for that long. */
function useLasting(isTrue: boolean, ms: number): boolean {
  const [hasLasted, setLasted] = useState(false);
  useEffect(() => {
    if (!isTrue) return;
    const timer = setTimeout(() => setLasted(true), ms);
    return () => {
      clearTimeout(timer);
      setLasted(false);
    };
  }, [isTrue, ms]);
  return hasLasted;
}
