import { useMemo } from 'react';
import { Input } from 'react-aria-components/Input';
import { SearchField } from 'react-aria-components/SearchField';
import { ToggleButton } from 'react-aria-components/ToggleButton';
import { ToggleButtonGroup } from 'react-aria-components/ToggleButtonGroup';
import { Button } from '../../ui/button.tsx';
import { FILTERS, type Filter, type HostRow } from './table-model.ts';

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
      <h2 className="hosts-title">Hosts</h2>
      <SearchField aria-label="Search hosts" value={sought} onChange={setSought} data-search="" className="hosts-search">
        <Input className="input" placeholder="Name, MAC, address, serial …  /" />
      </SearchField>
      <ToggleButtonGroup
        aria-label="Show"
        className="words"
        disallowEmptySelection
        selectedKeys={[filter]}
        onSelectionChange={([key]) => setFilter(FILTERS.find((each) => each === key) ?? 'all')}
      >
        {FILTERS.map((each, index) => (
          <ToggleButton key={each} id={each} className="word">
            {each} <span className="quiet small word-count">{counts[index]}</span>
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      <span className="quiet small hosts-shown" role="status">
        {sought.trim() === '' ? '' : `${shown} found`}
      </span>
      <Button onPress={onAdd}>Add a host</Button>
    </div>
  );
}
