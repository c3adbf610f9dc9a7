import './images.css';
import { useState } from 'react';
import { FileTrigger } from 'react-aria-components/FileTrigger';
import { Input } from 'react-aria-components/Input';
import { SearchField } from 'react-aria-components/SearchField';
import { Cell, Column, Row, Table, TableBody, TableHeader } from 'react-aria-components/Table';
import { hostsUsing } from '../../model/hosts.ts';
import { go, href } from '../../store/route.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Links } from '../../ui/links.tsx';
import { StateMark } from '../../ui/state.tsx';
import { KIND_NOTES, noArguments, takesArguments, summaryOf } from './labels.ts';
import { ImportCells } from './import-cells.tsx';
import { useImports } from './imports-context.ts';
import { RegisterSheet } from './register-sheet.tsx';
import { useRows, type ImageRow } from './use-rows.ts';
import type { Image } from '../../../contract/inventory.ts';

/** The library: what each ISO is, what it is used for, and what is on its way into it. */
export function ImageList() {
  const [wanted, setWanted] = useState('');
  const rows = useRows(wanted);
  return (
    <div className="view images">
      <Head wanted={wanted} onSearch={setWanted} />
      <Table aria-label="Images" className="images-table" onRowAction={(key) => openRow(rows, String(key))}>
        <TableHeader>
          <Column isRowHeader className="images-name">
            Name
          </Column>
          <Column>What it is</Column>
          <Column className="images-kind">Kind</Column>
          <Column className="images-used">Hosts that use it</Column>
          <Column className="images-configs">Compatible configs</Column>
        </TableHeader>
        <TableBody items={rows} renderEmptyState={() => <NoImages wanted={wanted} />}>
          {(row) => (row.image ? <ImageCells image={row.image} /> : <ImportCells row={row} />)}
        </TableBody>
      </Table>
    </div>
  );
}

function openRow(rows: readonly ImageRow[], key: string): void {
  const row = rows.find(({ id }) => id === key);
  if (row?.image) go('images', row.name);
}

function Head({ wanted, onSearch }: { wanted: string; onSearch: (text: string) => void }) {
  const queue = useImports();
  const [registering, setRegistering] = useState(false);
  return (
    <header className="list-head">
      <h1 className="list-title">Images</h1>
      <SearchField aria-label="Search images" className="list-search" data-search value={wanted} onChange={onSearch}>
        <Input className="input" placeholder="Search   /" />
      </SearchField>
      <Button onPress={() => setRegistering(true)} hint="The ISO stays where it is; nothing is copied">
        Register a path or URL
      </Button>
      <FileTrigger allowsMultiple acceptedFileTypes={['.iso', '.img']} onSelect={(files) => queue.offer([...(files ?? [])])}>
        <Button main>Add images</Button>
      </FileTrigger>
      <RegisterSheet isOpen={registering} onClose={() => setRegistering(false)} />
    </header>
  );
}

function NoImages({ wanted }: { wanted: string }) {
  if (wanted !== '') return <p className="list-empty quiet">No image has “{wanted}” in its name or volume id.</p>;
  return <p className="list-empty quiet">No images yet. Drop an ISO anywhere in this window, or press “Add images”.</p>;
}

function ImageCells({ image }: { image: Image }) {
  const { name, kind, bootConfigs, index } = image;
  const hosts = useAppStore((state) => state.hosts);
  const users = hostsUsing(hosts, 'image', name);
  return (
    <Row id={name} className="list-row">
      <Cell>
        <a className="list-name" href={href('images', name)} title={name}>
          {name}
        </a>
      </Cell>
      <Cell>
        <span title={summaryOf(index)}>{summaryOf(index)}</span>
        {!takesArguments(index) && (
          <span className="images-note small" title={noArguments(index)}>
            <StateMark state="needs">{noArguments(index)}</StateMark>
          </span>
        )}
      </Cell>
      <Cell>
        <span title={KIND_NOTES[kind]}>{kind}</span>
      </Cell>
      <Cell>
        <Links view="hosts" names={users} none="none" />
      </Cell>
      <Cell>
        <Links view="configs" names={bootConfigs} none="no config" />
      </Cell>
    </Row>
  );
}
