import { useMemo } from 'react';
import { Input } from 'react-aria-components/Input';
import { SearchField } from 'react-aria-components/SearchField';
import { ToggleButton } from 'react-aria-components/ToggleButton';
import { ToggleButtonGroup } from 'react-aria-components/ToggleButtonGroup';
import { Button } from '../../ui/button.tsx';
import { FILTERS, type Filter } from './host-status.ts';
import { ADD_A_HOST, FILTER_LABELS, foundLabel, SEARCH, SHOW, TABLE } from './labels.ts';
import type { HostRow } from './table-model.ts';

interface Props {
  rows: readonly HostRow[];
  /** How many pass search and filter. */
  shown: number;
  sought: string;
  setSought: (text: string) => void;
  filter: Filter;
  setFilter: (filter: Filter) => void;
  onAdd: () => void;
}

export function HostsToolbar({ rows, shown, sought, setSought, filter, setFilter, onAdd }: Props) {
  const counts = useMemo(() => FILTERS.map((each) => rows.filter(({ passes }) => passes.includes(each)).length), [rows]);
  return (
    <div className="hosts-toolbar">
      <h2 className="hosts-title">{TABLE}</h2>
      <SearchField aria-label={SEARCH.name} value={sought} onChange={setSought} data-search="" className="hosts-search">
        <Input className="input" placeholder={SEARCH.placeholder} />
      </SearchField>
      <ToggleButtonGroup
        aria-label={SHOW}
        className="words"
        disallowEmptySelection
        selectedKeys={[filter]}
        onSelectionChange={([key]) => setFilter(FILTERS.find((each) => each === key) ?? 'all')}
      >
        {FILTERS.map((each, index) => (
          <ToggleButton key={each} id={each} className="word">
            {FILTER_LABELS[each]} <span className="quiet small word-count">{counts[index]}</span>
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      <span className="quiet small hosts-shown" role="status">
        {sought.trim() === '' ? '' : foundLabel(shown)}
      </span>
      <Button onPress={onAdd}>{ADD_A_HOST}</Button>
    </div>
  );
}
