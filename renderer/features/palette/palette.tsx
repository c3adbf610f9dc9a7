import './palette.css';
import { useState } from 'react';
import { Autocomplete, useFilter } from 'react-aria-components/Autocomplete';
import { Dialog } from 'react-aria-components/Dialog';
import { Input } from 'react-aria-components/Input';
import { Menu, MenuItem } from 'react-aria-components/Menu';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { TextField } from 'react-aria-components/TextField';
import { VIEWS } from '../../../contract/window-views.ts';
import { go } from '../../store/route.ts';
import { useAppStore } from '../../store/use-store.ts';
import { useMachineSheets } from '../../model/machine-sheets.ts';
import {
  CONFIG_NOTE,
  consoleLabel,
  hostNote,
  IMAGE_NOTE,
  NO_RESULTS,
  PALETTE,
  powerLabel,
  REIMAGE,
  reimageLabel,
  RESULTS,
  SEARCH,
  SEARCH_PLACEHOLDER,
  VIEW_NOTE,
} from './labels.ts';

const MAX_RESULTS = 50;

interface Command {
  readonly id: string;
  readonly title: string;
  readonly note: string;
  readonly run: () => void;
}

/** Ctrl-K: every view, host, image and config by a few letters. */
export function Palette({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <ModalOverlay className="palette-ground" isOpen={isOpen} isDismissable onOpenChange={(open) => (open ? undefined : onClose())}>
      <Modal className="palette">
        <Dialog aria-label={PALETTE} className="palette-body">
          <Search onDone={onClose} />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function Search({ onDone }: { onDone: () => void }) {
  const commands = useCommands();
  const [text, setText] = useState('');
  const { contains } = useFilter({ sensitivity: 'base' });
  const shown = commands.filter(({ title, note }) => contains(`${title} ${note}`, text)).slice(0, MAX_RESULTS);
  return (
    <Autocomplete inputValue={text} onInputChange={setText}>
      <TextField aria-label={SEARCH} autoFocus>
        <Input className="palette-input" placeholder={SEARCH_PLACEHOLDER} />
      </TextField>
      <Menu
        className="choices"
        aria-label={RESULTS}
        items={shown}
        renderEmptyState={() => <p className="quiet palette-empty">{NO_RESULTS}</p>}
        onAction={(id) => {
          onDone();
          commands.find((command) => command.id === id)?.run();
        }}
      >
        {({ id, title, note }) => (
          <MenuItem key={id} id={id} textValue={title} className="choice">
            <span>{title}</span> <span className="choice-note">{note}</span>
          </MenuItem>
        )}
      </Menu>
    </Autocomplete>
  );
}

function useCommands(): Command[] {
  const hosts = useAppStore((state) => state.hosts);
  const images = useAppStore((state) => state.images);
  const configs = useAppStore((state) => state.configs);
  const sheets = useMachineSheets();
  return [
    ...Object.values(hosts).map(({ name, interfaces }) => ({
      id: `host ${name}`,
      title: name,
      note: hostNote(interfaces.map(({ mac }) => mac)),
      run: () => go('hosts', name),
    })),
    { id: 'reimage', ...REIMAGE, run: () => sheets.reimage([]) },
    ...Object.keys(hosts).flatMap((name) => [
      { id: `reimage ${name}`, ...reimageLabel(name), run: () => sheets.reimage([name]) },
      { id: `power ${name}`, ...powerLabel(name), run: () => sheets.power([name]) },
    ]),
    ...Object.values(hosts)
      .filter((host) => host.console !== undefined)
      .map(({ name }) => ({ id: `console ${name}`, ...consoleLabel(name), run: () => go('consoles', name) })),
    ...Object.keys(images).map((name) => ({ id: `image ${name}`, title: name, note: IMAGE_NOTE, run: () => go('images', name) })),
    ...Object.keys(configs).map((name) => ({ id: `config ${name}`, title: name, note: CONFIG_NOTE, run: () => go('configs', name) })),
    ...VIEWS.map(({ id, title }) => ({ id: `view ${id}`, title, note: VIEW_NOTE, run: () => go(id) })),
  ];
}
