import '../hosts/hosts.css';
import '../hosts/hosts-view.css';
import './host.css';
import { useMemo, useState } from 'react';
import type { EventType } from '../../../contract/appliance.ts';
import type { Host } from '../../../contract/inventory.ts';
import type { PatchReceipt } from '../../../contract/views.ts';
import { isAbout } from '../../model/hosts.ts';
import { go, href } from '../../store/route.ts';
import { useAnswer, type Answered } from '../../store/use-answer.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { BmcPanel } from '../bmc/bmc-panel.tsx';
import { EditHostSheet } from '../hosts/edit-host-sheet.tsx';
import { Moving } from '../hosts/host-activity.tsx';
import { RemoveSheet } from '../hosts/remove-sheet.tsx';
import { useHostActions } from '../hosts/use-host-actions.ts';
import { HostIscsi } from '../iscsi/host-iscsi.tsx';
import { HostJob } from '../jobs/host-job.tsx';
import { useMachineSheets } from '../../model/machine-sheets.ts';
import { AssignmentPanel } from './assignment-panel.tsx';
import { Explain } from './explain.tsx';
import { Identity } from './identity.tsx';
import { hostNotFound, PAGE } from './labels.ts';
import { Reads } from './reads.tsx';
import { Receipt } from './receipt.tsx';
import { Timeline } from './timeline.tsx';
import { useHostKeys } from './use-host-keys.ts';

/** One machine: what it is, what it will get, what happened to it. */
export function HostView({ name = '' }: { name?: string }) {
  const host = useAppStore((state) => state.hosts[name]);
  return host ? <Known host={host} /> : <Unknown name={name} />;
}

function Unknown({ name }: { name: string }) {
  return (
    <div className="view">
      <header className="list-head">
        <h1 className="list-title">{hostNotFound(name)}</h1>
      </header>
      <p>
        {PAGE.notFound}{' '}
        <a className="go-link" href={href('hosts')}>
          {PAGE.allHosts}
        </a>
      </p>
    </div>
  );
}

function Known({ host }: { host: Host }) {
  const { answers, actions } = useHostActions();
  const [sheet, setSheet] = useState<'edit' | 'remove'>();
  const close = (): void => setSheet(undefined);
  const sheets = useMachineSheets();
  useHostKeys(host);
  return (
    <div className="host-view">
      <header className="host-head">
        <h1 className="host-title">{host.name}</h1>
        <LiveProgress host={host} />
        <Button main onPress={() => sheets.reimage([host.name])} hint={PAGE.reimage.hint}>
          {PAGE.reimage.label}
        </Button>
        <Button isDisabled={!host.bmc} onPress={() => sheets.power([host.name])} hint={PAGE.power.hint}>
          {PAGE.power.label}
        </Button>
        <Button onPress={() => go('consoles', host.name)} hint={PAGE.console.hint}>
          {PAGE.console.label}
        </Button>
        <Button onPress={() => setSheet('edit')}>{PAGE.edit}</Button>
        <Button onPress={() => setSheet('remove')}>{PAGE.remove}</Button>
      </header>
      <div className="host-columns">
        <div className="host-side">
          <div className="view">
            <HostJob host={host.name} />
            <Identity host={host} />
            <AssignmentPanel host={host} actions={actions} answer={answers[host.name]} />
            <Explain host={host} />
          </div>
          <div className="view host-bmc">
            <BmcPanel host={host} />
            <HostIscsi host={host} />
          </div>
        </div>
        <Story host={host} />
      </div>
      {sheet === 'edit' && <EditHostSheet host={host} onClose={close} />}
      {sheet === 'remove' && <RemoveSheet names={[host.name]} actions={actions} onClose={close} onDone={() => go('hosts')} />}
    </div>
  );
}

/** What it reads, what differs in it, and what happened. */
function Story({ host }: { host: Host }) {
  const [created, setCreated] = useState(0);
  const receipt = useReceipt(host, created);
  return (
    <div className="view">
      <Reads host={host} receipt={receipt.value} />
      <Receipt host={host} receipt={receipt} onCreated={() => setCreated(created + 1)} />
      <Timeline host={host} />
    </div>
  );
}

/** A new view, or a read of its patched data, changes the receipt. */
function useReceipt({ name, updatedAt, assignment }: Host, created: number): Answered<PatchReceipt> {
  const newestEvent = useAppStore(({ events }) => events.find(({ type, host }) => host === name && CHANGES_RECEIPT.has(type))?.seq ?? 0);
  return useAnswer('host.receipt', { host: name }, { again: `${created} ${newestEvent} ${updatedAt} ${JSON.stringify(assignment)}` });
}

const CHANGES_RECEIPT = new Set<EventType>(['script.served', 'iso.opened', 'iso.patched-read', 'iso.config-read']);

/** A bar for each thing that moves to or from this host now. */
function LiveProgress({ host }: { host: Host }) {
  const progress = useAppStore((state) => state.progress);
  const mine = useMemo(() => progress.filter((moving) => isAbout(moving, host)), [progress, host]);
  return (
    <div className="host-progress" role="group" aria-label={PAGE.transfers}>
      {mine.length === 0 ? (
        <span className="quiet">{PAGE.noTransfers}</span>
      ) : (
        mine.map((moving) => <Moving key={moving.key} progress={moving} />)
      )}
    </div>
  );
}
