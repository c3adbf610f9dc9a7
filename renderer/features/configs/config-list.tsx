import './configs.css';
import { useState } from 'react';
import { Input } from 'react-aria-components/Input';
import { SearchField } from 'react-aria-components/SearchField';
import { Cell, Column, Row, Table, TableBody, TableHeader } from 'react-aria-components/Table';
import type { Config } from '../../../contract/inventory.ts';
import { formatLabel } from '../../model/config-formats.ts';
import { hostsUsing } from '../../model/hosts.ts';
import { byName } from '../../model/names.ts';
import { go, href } from '../../store/route.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Links } from '../../ui/links.tsx';
import { StateMark } from '../../ui/state.tsx';
import { AddConfigSheet } from './add-config-sheet.tsx';
import { storedDraft } from './draft.ts';
import { imagesListing } from './images-listing.ts';
import { fileNames, LIST, nothingFound } from './labels.ts';

/** The answer files: what each is for and who gets it. */
export function ConfigList() {
  const configs = useAppStore((state) => state.configs);
  const [wanted, setWanted] = useState('');
  const [adding, setAdding] = useState(false);
  const rows = Object.values(configs)
    .filter(({ name, format }) => `${name} ${formatLabel(format)}`.toLowerCase().includes(wanted.trim().toLowerCase()))
    .sort(byName);
  return (
    <div className="view configs">
      <header className="list-head">
        <h1 className="list-title">{LIST.title}</h1>
        <SearchField aria-label={LIST.search} className="list-search" data-search value={wanted} onChange={setWanted}>
          <Input className="input" placeholder="Search   /" />
        </SearchField>
        <Button main onPress={() => setAdding(true)}>
          {LIST.add}
        </Button>
      </header>
      <Table aria-label={LIST.title} onRowAction={(key) => go('configs', String(key))}>
        <TableHeader>
          <Column isRowHeader className="configs-name">
            {LIST.name}
          </Column>
          <Column className="configs-format">{LIST.format}</Column>
          <Column>{LIST.files}</Column>
          <Column className="configs-used">{LIST.images}</Column>
          <Column className="configs-used">{LIST.hosts}</Column>
        </TableHeader>
        <TableBody items={rows.map((config) => ({ id: config.name, config }))} renderEmptyState={() => <NoConfigs wanted={wanted} />}>
          {({ config }) => <ConfigCells config={config} />}
        </TableBody>
      </Table>
      <AddConfigSheet isOpen={adding} onClose={() => setAdding(false)} />
    </div>
  );
}

function NoConfigs({ wanted }: { wanted: string }) {
  if (wanted !== '') return <p className="list-empty quiet">{nothingFound(wanted)}</p>;
  return <p className="list-empty quiet">{LIST.empty}</p>;
}

function ConfigCells({ config }: { config: Config }) {
  const images = useAppStore((state) => state.images);
  const hosts = useAppStore((state) => state.hosts);
  const { name, format, description } = config;
  return (
    <Row id={name} className="list-row">
      <Cell>
        <a className="list-name" href={href('configs', name)} title={description || name}>
          {name}
        </a>
        {storedDraft(name) && (
          <span className="configs-unsaved small">
            <StateMark state="needs">{LIST.unsaved}</StateMark>
          </span>
        )}
      </Cell>
      <Cell>{formatLabel(format)}</Cell>
      <Cell>
        <span className="mono small" title={fileNames(config)}>
          {fileNames(config)}
        </span>
      </Cell>
      <Cell>
        <Links view="images" names={imagesListing(images, name)} none={LIST.none} />
      </Cell>
      <Cell>
        <Links view="hosts" names={hostsUsing(hosts, 'config', name)} none={LIST.none} />
      </Cell>
    </Row>
  );
}
