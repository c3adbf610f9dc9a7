import { useState, type ReactNode, type SyntheticEvent } from 'react';
import { Form } from 'react-aria-components/Form';
import type { ErrorBody } from '../../../contract/errors.ts';
import type { Host } from '../../../contract/inventory.ts';
import { href } from '../../store/route.ts';
import { useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Field } from '../../ui/field.tsx';
import { Sheet } from '../../ui/sheet.tsx';
import { CHANGE, changeTitle, PAGE, portOf, useLabel } from './labels.ts';
import { usePorts } from './use-ports.ts';

/** A button that opens the choice of another console. */
export function ChangeConsole({ host }: { host: Host }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button onPress={() => setOpen(true)}>{CHANGE.open}</Button>
      <Sheet title={changeTitle(host.name)} isOpen={isOpen} onClose={() => setOpen(false)}>
        <ConsoleChoice host={host} onDone={() => setOpen(false)} />
      </Sheet>
    </>
  );
}

/** What the host's console can be: a port of this computer, its BMC, or any URL. */
export function ConsoleChoice({ host, onDone }: { host: Host; onDone?: () => void }) {
  const call = useCall();
  const ports = usePorts();
  const [error, setError] = useState<ErrorBody>();
  const choose = async (url: string): Promise<void> => {
    const answer = await call('host.patch', { name: host.name, patch: { console: url } });
    setError(answer.ok ? undefined : answer.error);
    if (answer.ok) onDone?.();
  };
  return (
    <div className="console-choice">
      <ul>
        {ports?.map(({ path, device, maker, product, host: user }) => (
          <Choice
            key={path}
            name={path}
            isMono
            note={user === undefined || user === host.name ? portOf({ path, device, maker, product }) : consoleOfNote(user)}
            onUse={user === undefined ? () => void choose(`serial:${path}`) : undefined}
          />
        ))}
        {ports?.length === 0 && <Choice name={PAGE.noPorts} note={PAGE.noPortsNext} onUse={undefined} />}
        <Choice
          name={CHANGE.sol}
          note={host.bmc ? CHANGE.solNote : <NoBmc host={host} />}
          onUse={host.bmc && (() => void choose('sol:'))}
        />
        <Choice
          name={CHANGE.ssh}
          note={host.bmc ? CHANGE.sshNote : <NoBmc host={host} />}
          onUse={host.bmc && (() => void choose('ssh:'))}
        />
      </ul>
      <AnyUrl host={host} onSet={(url) => void choose(url)} />
      {error && <Failure error={error} />}
    </div>
  );
}

function NoBmc({ host }: { host: Host }) {
  return (
    <>
      {CHANGE.noBmc}{' '}
      <a className="link" href={href('hosts', host.name)}>
        {CHANGE.setBmc}
      </a>
    </>
  );
}

function consoleOfNote(user: string): ReactNode {
  return (
    <a className="link" href={href('consoles', user)}>
      {CHANGE.usedBy(user)}
    </a>
  );
}

interface ChoiceProps {
  name: string;
  isMono?: boolean;
  note: ReactNode;
  onUse: (() => void) | undefined;
}

function Choice({ name, isMono = false, note, onUse }: ChoiceProps) {
  return (
    <li className="console-choice-row">
      <span className={isMono ? 'mono console-choice-name' : 'console-choice-name'}>{name}</span>
      <span className="quiet small">{note}</span>
      {onUse && (
        <Button aria-label={useLabel(name)} onPress={onUse}>
          {CHANGE.use}
        </Button>
      )}
    </li>
  );
}

function AnyUrl({ host, onSet }: { host: Host; onSet: (url: string) => void }) {
  const [url, setUrl] = useState(host.console ?? '');
  const set = (event: SyntheticEvent): void => {
    event.preventDefault();
    onSet(url.trim());
  };
  return (
    <Form className="console-url" onSubmit={set}>
      <Field label={CHANGE.url} help={CHANGE.urlHelp} placeholder="rfc2217://192.168.77.9:2001" mono value={url} onChange={setUrl} />
      <Button type="submit" isDisabled={url.trim() === ''}>
        {CHANGE.set}
      </Button>
    </Form>
  );
}
