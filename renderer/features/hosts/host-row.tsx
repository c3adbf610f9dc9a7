import { memo, type ReactNode } from 'react';
import { LOCAL_BOOT } from '../../../contract/inventory.ts';
import { isAbout } from '../../model/hosts.ts';
import { href } from '../../store/route.ts';
import { useAppStore } from '../../store/use-store.ts';
import { StateMark } from '../../ui/state.tsx';
import { PowerCell } from '../bmc/power-cell.tsx';
import { imageWords } from '../../model/assignment.ts';
import { Last, Moving } from './host-activity.tsx';
import { CHOOSE_IMAGE, configOf, imageOf, MODE_LABELS, moreFor, NO_CONFIG_LABEL, STATUS_LABELS } from './labels.ts';
import { useRowActions, type Opened } from './row-actions.ts';
import { RowAnswerLine } from './row-answer.tsx';
import type { HostRow as RowData } from './table-model.ts';
import type { RowAnswer } from './use-host-actions.ts';

interface Props {
  row: RowData;
  /** Its place among the rows that pass the filter, from 1, after the header. */
  position: number;
  start: number;
  selected: boolean;
  /** The one row that Tab reaches. */
  active: boolean;
  vendor: string | undefined;
  answer: RowAnswer | undefined;
  opened: Opened | undefined;
  measure: (element: HTMLElement | null) => void;
}

/** One host. Drawn again only when something about it changed; its menus are shared by all rows and open on demand. */
export const HostRow = memo(function HostRow(props: Props) {
  const { row, position, start, selected, active, vendor, answer, opened, measure } = props;
  const { open, dismiss } = useRowActions();
  const { host } = row;
  const { name, assignment } = host;
  const tall = answer !== undefined && answer.kind !== 'asked';
  return (
    <div
      role="row"
      aria-rowindex={position + 1}
      aria-selected={selected}
      aria-label={name}
      tabIndex={active ? 0 : -1}
      className="host-row"
      data-host={name}
      data-index={position - 1}
      ref={tall ? measure : undefined}
      style={{ transform: `translateY(${start}px)` }}
    >
      <div role="gridcell" aria-colindex={1} className="host-mark" data-toggle="">
        <span aria-hidden="true" className="mark" />
      </div>
      <div role="gridcell" aria-colindex={2} className="host-cell">
        <a href={href('hosts', name)} tabIndex={-1} className="host-name" title={name}>
          {name}
        </a>
      </div>
      <MacCell row={row} vendor={vendor} />
      <ChoiceCell
        column={4}
        label={imageOf(name)}
        words={assignment ? imageWords(assignment.image) : undefined}
        placeholder={CHOOSE_IMAGE}
        note={assignment && assignment.image !== LOCAL_BOOT ? MODE_LABELS[assignment.mode] : undefined}
        expanded={opened === 'image'}
        onPress={(anchor) => open('image', name, anchor)}
      />
      <ChoiceCell
        column={5}
        label={configOf(name)}
        words={assignment?.config}
        placeholder={NO_CONFIG_LABEL}
        expanded={opened === 'config'}
        onPress={(anchor) => open('config', name, anchor)}
      />
      <div role="gridcell" aria-colindex={6} className="host-cell">
        <PowerCell host={name} hasBmc={host.bmc !== undefined} />
      </div>
      <div role="gridcell" aria-colindex={7} className="host-cell host-last">
        <StateMark state={STATUS_LABELS[row.status].state}>{STATUS_LABELS[row.status].label}</StateMark>
        <span className="host-last-words">
          {answer?.kind === 'asked' ? <span className="quiet">{answer.text}</span> : <Activity row={row} />}
        </span>
      </div>
      <div role="gridcell" aria-colindex={8}>
        <MenuButton
          className="button button-plain host-more"
          label={moreFor(name)}
          expanded={opened === 'menu'}
          onPress={(at) => open('menu', name, at)}
        >
          <span aria-hidden="true">⋯</span>
        </MenuButton>
      </div>
      {tall && <RowAnswerLine answer={answer} dismiss={() => dismiss(name)} />}
    </div>
  );
});

function Activity({ row }: { row: RowData }) {
  return row.moving ? <MovingNow row={row} /> : <Last event={row.last} />;
}

function MovingNow({ row }: { row: RowData }) {
  const progress = useAppStore((state) => state.progress.find((moving) => isAbout(moving, row.host)));
  return progress ? <Moving progress={progress} /> : <Last event={row.last} />;
}

function MacCell({ row, vendor }: { row: RowData; vendor: string | undefined }) {
  const { interfaces } = row.host;
  const more = interfaces.length - 1;
  return (
    <div role="gridcell" aria-colindex={3} className="host-cell">
      <span className="mono" title={interfaces.map(({ mac }) => mac).join(', ')}>
        {interfaces[0]?.mac}
        {more > 0 && <span className="quiet"> +{more}</span>}
      </span>
      {vendor !== undefined && (
        <span className="host-second quiet small" title={vendor}>
          {vendor}
        </span>
      )}
    </div>
  );
}

interface ChoiceCellProps {
  column: number;
  label: string;
  words: string | undefined;
  placeholder: string;
  note?: string;
  expanded: boolean;
  onPress: (anchor: Element) => void;
}

function ChoiceCell({ column, label, words, placeholder, note, expanded, onPress }: ChoiceCellProps) {
  return (
    <div role="gridcell" aria-colindex={column} className="host-choice-cell">
      <MenuButton
        className="host-choice"
        label={`${label}: ${words ?? placeholder}${note === undefined ? '' : ` ${note}`}`}
        expanded={expanded}
        onPress={onPress}
      >
        <span className={words === undefined ? 'host-choice-words quiet' : 'host-choice-words'}>{words ?? placeholder}</span>{' '}
        {note !== undefined && <span className="quiet small">{note}</span>}
        <span aria-hidden="true" className="picker-arrow">
          ▾
        </span>
      </MenuButton>
    </div>
  );
}

interface MenuButtonProps {
  className: string;
  label: string;
  expanded: boolean;
  onPress: (anchor: Element) => void;
  children: ReactNode;
}

/** A plain button on purpose: while a thousand rows rush by, three of react-aria's in each would cost most of the frame. */
function MenuButton({ className, label, expanded, onPress, children }: MenuButtonProps) {
  return (
    <button
      type="button"
      tabIndex={-1}
      className={className}
      aria-label={label}
      aria-haspopup="menu"
      aria-expanded={expanded}
      onClick={({ currentTarget }) => onPress(currentTarget)}
    >
      {children}
    </button>
  );
}
