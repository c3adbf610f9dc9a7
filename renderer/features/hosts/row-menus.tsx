import { useMemo } from 'react';
import { Menu, MenuItem } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { Text } from 'react-aria-components/Text';
import { LOCAL_BOOT, type Host } from '../../../contract/inventory.ts';
import { go } from '../../store/route.ts';
import { useAppStore } from '../../store/use-store.ts';
import type { PickerOption } from '../../ui/picker.tsx';
import { useMachineSheets } from '../../model/machine-sheets.ts';
import { askedAgain, configChoices, imageChoices, NO_CONFIG, withConfig, withImage } from '../../model/assignment.ts';
import { armNote, configOf, imageOf, MENU, moreFor } from './labels.ts';
import type { Opened } from './row-actions.ts';
import type { HostActions } from './use-host-actions.ts';

interface Props {
  host: Host;
  what: Opened;
  anchor: Element;
  actions: HostActions;
  onEdit: () => void;
  onRemove: () => void;
  onClose: () => void;
}

/** The one open menu of the table, at the cell that asked for it. */
export function RowMenu(props: Props) {
  const { host, what, anchor, onClose } = props;
  const trigger = useMemo(() => ({ current: anchor }), [anchor]);
  const words = { image: imageOf, config: configOf, menu: moreFor }[what](host.name);
  return (
    <Popover
      className="popover host-popover"
      triggerRef={trigger}
      isOpen
      aria-label={words}
      placement={what === 'menu' ? 'bottom end' : 'bottom start'}
      onOpenChange={(open) => (open ? undefined : onClose())}
    >
      {what === 'image' && <ImageMenu {...props} label={words} />}
      {what === 'config' && <ConfigMenu {...props} label={words} />}
      {what === 'menu' && <MoreMenu {...props} label={words} />}
    </Popover>
  );
}

function ImageMenu({ host, label, actions, onClose }: Props & { label: string }) {
  const images = useAppStore((state) => state.images);
  const choices = useMemo(() => imageChoices(images), [images]);
  const choose = (image: string): void => {
    if (image !== host.assignment?.image) void actions.assign(host.name, withImage(host, image));
  };
  return <ChoiceMenu label={label} choices={choices} value={host.assignment?.image} onChoose={choose} onClose={onClose} />;
}

function ConfigMenu({ host, label, actions, onClose }: Props & { label: string }) {
  const images = useAppStore((state) => state.images);
  const configs = useAppStore((state) => state.configs);
  const { assignment } = host;
  const choices = useMemo(() => configChoices(configs, images, assignment?.image), [configs, images, assignment?.image]);
  const value = assignment?.config ?? NO_CONFIG;
  const choose = (config: string): void => {
    if (config !== value) void actions.assign(host.name, withConfig(host, config));
  };
  return <ChoiceMenu label={label} choices={choices} value={value} onChoose={choose} onClose={onClose} />;
}

interface ChoiceMenuProps {
  label: string;
  choices: readonly PickerOption[];
  value: string | undefined;
  onChoose: (id: string) => void;
  onClose: () => void;
}

function ChoiceMenu({ label, choices, value, onChoose, onClose }: ChoiceMenuProps) {
  return (
    <Menu
      className="choices"
      aria-label={label}
      autoFocus="first"
      selectionMode="single"
      selectedKeys={value === undefined ? [] : [value]}
      disabledKeys={choices.filter(({ disabled }) => disabled).map(({ id }) => id)}
      onAction={(id) => onChoose(String(id))}
      onClose={onClose}
    >
      {choices.map(({ id, label: words, note }) => (
        <MenuItem key={id} id={id} textValue={words} className="choice">
          <Text slot="label">{words}</Text>
          {note !== undefined && (
            <Text slot="description" className="choice-note">
              {note}
            </Text>
          )}
        </MenuItem>
      ))}
    </Menu>
  );
}

function MoreMenu({ host, label, actions, onEdit, onRemove, onClose }: Props & { label: string }) {
  const { name, assignment } = host;
  const sheets = useMachineSheets();
  const boots = assignment !== undefined && assignment.image !== LOCAL_BOOT;
  const setMode = (mode: 'once' | 'always'): void => {
    if (assignment) void actions.assign(name, { ...askedAgain(assignment), mode });
  };
  const verbs = [
    { id: 'reimage', ...MENU.reimage, off: !boots },
    { id: 'power', label: MENU.power.label, note: host.bmc ? MENU.power.note : MENU.power.noBmc, off: !host.bmc },
    { id: 'arm', label: MENU.arm.label, note: boots ? armNote(assignment.image) : MENU.arm.noImage, off: !boots },
    assignment?.mode === 'always' ? { id: 'once', ...MENU.once, off: !boots } : { id: 'always', ...MENU.always, off: !boots },
    { id: 'unassign', label: MENU.unassign.label, note: assignment ? MENU.unassign.note : MENU.unassign.none, off: !assignment },
    { id: 'explain', ...MENU.explain, off: false },
    { id: 'edit', ...MENU.edit, off: false },
    { id: 'remove', ...MENU.remove, off: false },
  ];
  const run: Record<string, () => void> = {
    reimage: () => sheets.reimage([name]),
    power: () => sheets.power([name]),
    arm: () => void actions.arm(host),
    once: () => setMode('once'),
    always: () => setMode('always'),
    unassign: () => void actions.unassign(name),
    explain: () => go('hosts', name),
    edit: onEdit,
    remove: onRemove,
  };
  return (
    <Menu
      className="choices"
      aria-label={label}
      autoFocus="first"
      disabledKeys={verbs.filter(({ off }) => off).map(({ id }) => id)}
      onAction={(id) => run[String(id)]?.()}
      onClose={onClose}
    >
      {verbs.map(({ id, label: words, note }) => (
        <MenuItem key={id} id={id} textValue={words} className="choice">
          <Text slot="label">{words}</Text>
          <Text slot="description" className="choice-note">
            {note}
          </Text>
        </MenuItem>
      ))}
    </Menu>
  );
}
