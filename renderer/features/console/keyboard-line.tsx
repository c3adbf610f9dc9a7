import type { ConsoleStatus } from '../../../contract/console.ts';
import { Button } from '../../ui/button.tsx';
import { KEYBOARD, otherViewers, PAGE, typistIs } from './labels.ts';
import type { ConsoleActions } from './use-console.ts';
import { VIEWER } from './viewer.ts';

/** Who types, who else reads, and the keys of the terminal itself. */
export function KeyboardLine({ status, actions, isLive }: { status: ConsoleStatus | undefined; actions: ConsoleActions; isLive: boolean }) {
  const { typist, viewers = [] } = status ?? {};
  const others = viewers.filter(({ id }) => id !== VIEWER.id).length;
  return (
    <div className="console-keyboard small">
      {isLive && (
        <span role="status">
          {typist === undefined ? KEYBOARD.free : typist.id === VIEWER.id ? KEYBOARD.mine : typistIs(typist.label)}
          {others > 0 && ` ${otherViewers(others)}.`}
        </span>
      )}
      {isLive && typist?.id === VIEWER.id && (
        <Button plain onPress={() => actions.releaseKeyboard()}>
          {KEYBOARD.release}
        </Button>
      )}
      {isLive && typist !== undefined && typist.id !== VIEWER.id && (
        <Button plain onPress={() => actions.takeKeyboard()}>
          {KEYBOARD.takeOver}
        </Button>
      )}
      <span className="quiet console-leave">{PAGE.leave}</span>
    </div>
  );
}
