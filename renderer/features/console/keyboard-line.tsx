import type { ConsoleStatus } from '../../../contract/console.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from './confirm.tsx';
import { KEYBOARD, otherViewers, PAGE, takeOverText, takeOverTitle, typistIs } from './labels.ts';
import type { ConsoleActions } from './use-console.ts';
import { VIEWER } from './viewer.ts';

interface Props {
  host: string;
  status: ConsoleStatus | undefined;
  actions: ConsoleActions;
  onTakeOver: () => void;
}

/** Who types, who else reads, and the keys of the terminal itself. */
export function KeyboardLine({ host, status, actions, onTakeOver }: Props) {
  const { typist, viewers = [] } = status ?? {};
  const others = viewers.filter(({ id }) => id !== VIEWER.id).length;
  const isMine = typist?.id === VIEWER.id;
  return (
    <div className="console-keyboard small">
      <span role="status">
        {status?.state !== 'open' ? '' : typist === undefined ? KEYBOARD.free : isMine ? KEYBOARD.mine : typistIs(typist.label)}
        {others > 0 && ` ${otherViewers(others)}.`}
      </span>
      {status?.state === 'open' && isMine && (
        <Button plain onPress={() => actions.releaseKeyboard()}>
          {KEYBOARD.release}
        </Button>
      )}
      {typist !== undefined && !isMine && (
        <Confirm plain label={KEYBOARD.takeOver} title={takeOverTitle(host)} onConfirm={onTakeOver}>
          {takeOverText(typist.label)}
        </Confirm>
      )}
      <span className="quiet console-leave">{PAGE.keysOfTerminal}</span>
    </div>
  );
}
