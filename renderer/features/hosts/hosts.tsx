import './hosts.css';
import { useMemo } from 'react';
import type { Host } from '../../../contract/inventory.ts';
import { useBench } from '../../store/use-bench.ts';
import { Empty, Section } from '../../ui/section.tsx';
import { StateMark } from '../../ui/state.tsx';
import { Last, Moving } from './host-activity.tsx';
import { belongsTo, bootsOf, hostState } from './host-words.ts';

/** The machines: what each boots, and what was last heard of it. */
export function Hosts() {
  const hosts = useBench((state) => state.hosts);
  const sorted = useMemo(() => Object.values(hosts).sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true })), [hosts]);
  return (
    <Section id="hosts" title="Hosts" aside={sorted.length > 0 ? sorted.length : undefined}>
      {sorted.length === 0 ? (
        <Empty>
          No hosts yet. Power on a machine and watch it appear below, or add one:{' '}
          <code className="mono">bootbench host add NAME --mac MAC</code>
        </Empty>
      ) : (
        <table className="hosts">
          <thead>
            <tr>
              <th className="hosts-name">Name</th>
              <th className="hosts-mac">MAC</th>
              <th className="hosts-boots">Boots</th>
              <th>Last</th>
            </tr>
          </thead>
          <tbody>
            {sorted.map((host) => (
              <HostRow key={host.name} host={host} />
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

function HostRow({ host }: { host: Host }) {
  const last = useBench((state) => state.lastEvents[host.name]);
  const progress = useBench((state) => state.progress.find((moving) => belongsTo(moving, host)));
  const { state, word } = hostState(host, progress !== undefined);
  const more = host.interfaces.length - 1;
  return (
    <tr>
      <td className="host-name" title={host.name}>
        {host.name}
      </td>
      <td className="mono">
        {host.interfaces[0]?.mac}
        {more > 0 && <span className="quiet"> +{more}</span>}
      </td>
      <td>
        <StateMark state={state}>{word}</StateMark>
        <Boots host={host} />
      </td>
      <td>{progress ? <Moving progress={progress} /> : <Last event={last} />}</td>
    </tr>
  );
}

function Boots({ host }: { host: Host }) {
  const boots = bootsOf(host);
  if (!boots) return null;
  return (
    <>
      {' '}
      <span title={boots.image}>{boots.image}</span>
      <span className="second-line quiet small" title={boots.how}>
        {boots.how}
      </span>
    </>
  );
}
