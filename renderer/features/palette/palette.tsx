import './palette.css';
import { useState } from 'react';
import { Autocomplete, useFilter } from 'react-aria-components/Autocomplete';
import { Dialog } from 'react-aria-components/Dialog';
import { Input } from 'react-aria-components/Input';
import { Menu, MenuItem } from 'react-aria-components/Menu';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { TextField } from 'react-aria-components/TextField';
import { go } from '../../store/route.ts';
import { useAppStore } from '../../store/use-store.ts';
import { useMachineSheets } from '../../model/machine-sheets.ts';

interface Verb {
  readonly id: string;
  readonly title: string;
  readonly note: string;
  readonly run: () => void;
}

/** Ctrl-K: every place and every thing by a few letters. */
export function Palette({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <ModalOverlay className="palette-ground" isOpen={isOpen} isDismissable onOpenChange={(open) => (open ? undefined : onClose())}>
      <Modal className="palette">
        <Dialog aria-label="Do anything" className="palette-body">
          <Search onDone={onClose} />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function Search({ onDone }: { onDone: () => void }) {
  const verbs = useVerbs();
  const [text, setText] = useState('');
  const { contains } = useFilter({ sensitivity: 'base' });
  const shown = verbs.filter(({ title, note }) => contains(`${title} ${note}`, text)).slice(0, 50);
  return (
    <Autocomplete inputValue={text} onInputChange={setText}>
      <TextField aria-label="Search hosts, images, configs and views" autoFocus>
        <Input className="palette-input" placeholder="A host, an image, a view …" />
      </TextField>
      <Menu
        className="choices"
        aria-label="What was found"
        items={shown}
        renderEmptyState={() => <p className="quiet palette-empty">Nothing has that in its name.</p>}
        onAction={(id) => {
          onDone();
          verbs.find((verb) => verb.id === id)?.run();
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

function useVerbs(): Verb[] {
  const hosts = useAppStore((state) => state.hosts);
  const images = useAppStore((state) => state.images);
  const configs = useAppStore((state) => state.configs);
  const sheets = useMachineSheets();
  const view = (name: Parameters<typeof go>[0], title: string): Verb => ({
    id: `view ${name}`,
    title,
    note: 'Go there',
    run: () => go(name),
  });
  return [
    ...Object.values(hosts).map(({ name, interfaces }) => ({
      id: `host ${name}`,
      title: name,
      note: `Host, ${interfaces.map(({ mac }) => mac).join(', ')}`,
      run: () => go('hosts', name),
    })),
    { id: 'reimage', title: 'Reimage machines…', note: 'Asks which ones', run: () => sheets.reimage([]) },
    ...Object.keys(hosts).flatMap((name) => [
      { id: `reimage ${name}`, title: `Reimage ${name}…`, note: 'Says what would happen first', run: () => sheets.reimage([name]) },
      { id: `power ${name}`, title: `Power of ${name}…`, note: 'On, off, cycle, reset by its BMC', run: () => sheets.power([name]) },
    ]),
    ...Object.keys(images).map((name) => ({ id: `image ${name}`, title: name, note: 'Image', run: () => go('images', name) })),
    ...Object.keys(configs).map((name) => ({ id: `config ${name}`, title: name, note: 'Config', run: () => go('configs', name) })),
    view('bench', 'Bench'),
    view('hosts', 'Hosts'),
    view('images', 'Images'),
    view('configs', 'Configs'),
    view('jobs', 'Jobs'),
    view('network', 'Network'),
    view('help', 'Help'),
    view('first-run', 'First run'),
  ];
}
