import { useCallback } from 'react';
import { Button as AriaButton } from 'react-aria-components/Button';
import { Header } from 'react-aria-components/Header';
import { Menu, MenuItem, MenuSection, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { BAUD_RATES } from '../../../contract/console-url.ts';
import { CONSOLE_KEYS, FIRMWARE_KEYS } from '../../../contract/console-keys.ts';
import type { ConsoleStatus } from '../../../contract/console.ts';
import { errorBody } from '../../../contract/errors.ts';
import { useAnswer } from '../../store/use-answer.ts';
import { useStream } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Picker } from '../../ui/picker.tsx';
import { baudLabel, PAGE, transcriptLabel } from './labels.ts';
import { saveText } from '../../ui/save-file.ts';
import type { ConsoleActions } from './use-console.ts';
import type { Place } from './use-output.ts';

interface Props {
  host: string;
  status: ConsoleStatus | undefined;
  actions: ConsoleActions;
  place: Place | undefined;
  onPlace: (place: Place | undefined) => void;
}

const LIVE = 'live';
const DETECT = 'auto';
const SIZES_EVERY_MS = 5000;

/** What can be done to a console. */
export function Toolbar({ host, status, actions, place, onPlace }: Props) {
  const canType = status?.state === 'open' && place === undefined;
  return (
    <>
      <TranscriptPicker host={host} status={status} place={place} onPlace={onPlace} />
      <KeysMenu isDisabled={!canType} actions={actions} />
      <BreakButton status={status} isDisabled={!canType} actions={actions} />
      <Export host={host} transcript={place?.transcript ?? status?.transcript} actions={actions} />
      {status?.baud !== undefined && <SpeedPicker baud={status.baud} actions={actions} />}
      {place !== undefined && (
        <Button main className="console-back" onPress={() => onPlace(undefined)}>
          {PAGE.live.back}
        </Button>
      )}
    </>
  );
}

/** Disabled where the console has no break, and says so. */
function BreakButton({ status, isDisabled, actions }: { status: ConsoleStatus | undefined; isDisabled: boolean; actions: ConsoleActions }) {
  const reason = status?.state !== 'open' ? PAGE.sendBreak.closed : status.canBreak ? undefined : PAGE.sendBreak.none;
  return (
    <span title={reason}>
      <Button isDisabled={isDisabled || reason !== undefined} hint={PAGE.sendBreak.hint} onPress={() => actions.sendBreak()}>
        {PAGE.sendBreak.label}
      </Button>
      {reason !== undefined && <span className="console-hidden">{reason}</span>}
    </span>
  );
}

function TranscriptPicker({ host, status, place, onPlace }: Omit<Props, 'actions'>) {
  // Their sizes, while the machine prints.
  const sizeRound = Math.floor((status?.lastOutputAt ?? 0) / SIZES_EVERY_MS);
  const { value: transcripts = [] } = useAnswer('console.transcripts', { host }, { again: `${status?.transcript} ${sizeRound}` });
  const choices = [
    { id: LIVE, label: PAGE.live.choice },
    ...transcripts.map((transcript) => ({ id: transcript.id, label: transcriptLabel(transcript) })),
  ];
  return (
    <Picker
      label={PAGE.transcript}
      choices={choices}
      value={place?.transcript ?? LIVE}
      placeholder={PAGE.transcript}
      onChoose={(id) => onPlace(id === LIVE ? undefined : { transcript: id, offset: 0 })}
    />
  );
}

function SpeedPicker({ baud, actions }: { baud: number; actions: ConsoleActions }) {
  const rates = [...new Set([...BAUD_RATES, baud])].sort((a, b) => a - b);
  const choices = [{ id: DETECT, label: PAGE.detect }, ...rates.map((rate) => ({ id: String(rate), label: baudLabel(rate) }))];
  return (
    <Picker
      label={PAGE.speed}
      choices={choices}
      value={String(baud)}
      placeholder={PAGE.speed}
      onChoose={(id) => actions.setBaud(id === DETECT ? DETECT : Number(id))}
    />
  );
}

const ENCODER = new TextEncoder();
/** They open and close tabs and windows, whatever a page does. */
const BROWSER_KEYS = { 'Ctrl-N': '\x0e', 'Ctrl-T': '\x14', 'Ctrl-W': '\x17' };
const isBrowser = window.bootbench === undefined;

function KeysMenu({ isDisabled, actions }: { isDisabled: boolean; actions: ConsoleActions }) {
  const press = (keys: Readonly<Record<string, string>>, key: string): void => actions.type(ENCODER.encode(keys[key] ?? ''));
  return (
    <MenuTrigger>
      <AriaButton className="button" isDisabled={isDisabled}>
        {PAGE.keys} <span aria-hidden="true">▾</span>
      </AriaButton>
      <Popover className="popover console-keys">
        <Menu aria-label={PAGE.keys} className="choices">
          <MenuSection>
            <Header className="console-keys-title small quiet">{PAGE.terminalKeys}</Header>
            {Object.keys(CONSOLE_KEYS).map((key) => (
              <MenuItem key={key} id={`terminal ${key}`} className="choice" onAction={() => press(CONSOLE_KEYS, key)}>
                {key}
              </MenuItem>
            ))}
          </MenuSection>
          {isBrowser && (
            <MenuSection>
              <Header className="console-keys-title small quiet">{PAGE.browserKeys}</Header>
              {Object.keys(BROWSER_KEYS).map((key) => (
                <MenuItem key={key} id={`browser ${key}`} className="choice" onAction={() => press(BROWSER_KEYS, key)}>
                  {key}
                </MenuItem>
              ))}
            </MenuSection>
          )}
          <MenuSection>
            <Header className="console-keys-title small quiet">{PAGE.firmwareKeys}</Header>
            {Object.keys(FIRMWARE_KEYS).map((key) => (
              <MenuItem key={key} id={`firmware ${key}`} className="choice" onAction={() => press(FIRMWARE_KEYS, key)}>
                {key}
              </MenuItem>
            ))}
          </MenuSection>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

function Export({ host, transcript, actions }: { host: string; transcript: string | undefined; actions: ConsoleActions }) {
  const stream = useStream();
  const { setError } = actions;
  const save = useCallback(
    async (format: 'text' | 'asciicast'): Promise<void> => {
      if (transcript === undefined) return;
      try {
        const pieces: string[] = [];
        for await (const piece of stream('console.export', { host, transcript, format }, new AbortController().signal)) pieces.push(piece);
        saveText(`${host}-${transcript}.${format === 'text' ? 'txt' : 'cast'}`, pieces);
      } catch (error) {
        setError(errorBody(error));
      }
    },
    [stream, host, transcript, setError],
  );
  return (
    <>
      <Button isDisabled={transcript === undefined} onPress={() => void save('text')}>
        {PAGE.exportText}
      </Button>
      <Button isDisabled={transcript === undefined} onPress={() => void save('asciicast')}>
        {PAGE.exportCast}
      </Button>
    </>
  );
}
