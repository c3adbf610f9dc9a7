import type { BmcIdentity, BmcStatus, Health } from '../../../contract/bmc.ts';
import { counted } from '../../format/count.ts';
import { Fold } from '../../ui/fold.tsx';
import { StateMark } from '../../ui/state.tsx';
import { bmcTitle, FACTS, HEALTH, nextBoot, sensorValue } from './labels.ts';

type Fact = readonly [name: string, value: string | undefined];

/** What the BMC reported on the first contact. */
export function BmcFacts({ status }: { status: BmcStatus }) {
  const { identity, pinnedCertificate, boot } = status;
  if (!identity && pinnedCertificate === undefined) return null;
  const facts: Fact[] = [...(identity ? identityFacts(identity) : []), [FACTS.certificate, pinnedCertificate ?? identity?.certificate]];
  return (
    <dl className="facts">
      <dt className="quiet">{FACTS.model}</dt>
      <dd>{identity ? bmcTitle(identity) : <span className="quiet">{FACTS.modelUnknown}</span>}</dd>
      {facts.map(
        ([name, value]) =>
          value !== undefined && (
            <div key={name} className="fact-pair">
              <dt className="quiet">{name}</dt>
              <dd className="mono small fact-long">{value}</dd>
            </div>
          ),
      )}
      {boot && (
        <>
          <dt className="quiet">{FACTS.nextBoot}</dt>
          <dd>{nextBoot(boot)}</dd>
        </>
      )}
    </dl>
  );
}

/** The system is named only where the BMC has several. */
function identityFacts({ system, serial, uuid, bmcFirmware, biosVersion, macs }: BmcIdentity): Fact[] {
  const isOneOfSeveral = system !== undefined && (system.others > 0 || system.isNamed);
  return [
    [FACTS.system, isOneOfSeveral ? system.path : undefined],
    [FACTS.serial, serial],
    [FACTS.uuid, uuid],
    [FACTS.firmware, bmcFirmware],
    [FACTS.bios, biosVersion],
    [FACTS.macs, macs.length > 0 ? macs.join(' ') : undefined],
  ];
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
        <Fold title={counted(health.sensors.length, 'sensor')}>
          <dl className="sensors">
            {health.sensors.map((sensor) => (
              <div key={sensor.name} className="fact-pair">
                <dt>{sensor.name}</dt>
                <dd className="mono small">{sensorValue(sensor)}</dd>
                <dd className="quiet small">{sensor.state}</dd>
              </div>
            ))}
          </dl>
        </Fold>
      )}
    </div>
  );
}
