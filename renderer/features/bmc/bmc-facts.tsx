import type { BmcStatus, Health } from '../../../contract/bmc.ts';
import { Fold } from '../../ui/fold.tsx';
import { StateMark } from '../../ui/state.tsx';
import { bmcTitle, bootWords, HEALTH, sensorWords } from './bmc-labels.ts';

/** What the first contact found. */
export function BmcFacts({ status }: { status: BmcStatus }) {
  const { identity, pinnedCertificate, boot } = status;
  if (!identity && pinnedCertificate === undefined) return null;
  const rows: [name: string, value: string | undefined, mono?: true][] = [
    ['System', identity?.system && (identity.system.others > 0 || identity.system.isNamed) ? identity.system.path : undefined, true],
    ['Serial', identity?.serial, true],
    ['UUID', identity?.uuid, true],
    ['BMC firmware', identity?.bmcFirmware, true],
    ['BIOS', identity?.biosVersion, true],
    ['MACs', identity && identity.macs.length > 0 ? identity.macs.join(' ') : undefined, true],
    ['Certificate', pinnedCertificate ?? identity?.certificate, true],
  ];
  return (
    <dl className="facts">
      <dt className="quiet">It is</dt>
      <dd>{identity ? bmcTitle(identity) : <span className="quiet">not said yet</span>}</dd>
      {rows.map(
        ([name, value, mono]) =>
          value !== undefined && (
            <div key={name} className="fact-pair">
              <dt className="quiet">{name}</dt>
              <dd className={mono ? 'mono small fact-long' : undefined}>{value}</dd>
            </div>
          ),
      )}
      {boot && (
        <>
          <dt className="quiet">Next boot</dt>
          <dd>{bootWords(boot)}</dd>
        </>
      )}
    </dl>
  );
}

/** Health in a word, its faults as sentences, its sensors on demand. */
export function BmcHealth({ health }: { health: Health }) {
  const { state, word } = HEALTH[health.state];
  return (
    <div className="bmc-health">
      <StateMark state={state}>{word}</StateMark>
      {health.faults.map((fault) => (
        <p key={fault}>{fault}</p>
      ))}
      {health.sensors.length > 0 && (
        <Fold title={health.sensors.length === 1 ? '1 sensor' : `${health.sensors.length} sensors`}>
          <dl className="sensors">
            {health.sensors.map((sensor) => (
              <div key={sensor.name} className="fact-pair">
                <dt>{sensor.name}</dt>
                <dd className="mono small">{sensorWords(sensor)}</dd>
                <dd className="quiet small">{sensor.state}</dd>
              </div>
            ))}
          </dl>
        </Fold>
      )}
    </div>
  );
}
