import { useMemo } from 'react';
import { LIMITS, type LimitEpisode } from '../../../contract/protection.ts';
import { counted } from '../../format/count.ts';
import { href } from '../../store/route.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Empty, Section } from '../../ui/section.tsx';
import { StateMark } from '../../ui/state.tsx';
import { Ago } from '../../ui/time.tsx';
import { PROTECTION } from './labels.ts';

/** Who is limited so that other machines are answered, and who was. */
export function Protection() {
  const limits = useAppStore((state) => state.limits);
  const active = limits.filter((episode) => episode.active).length;
  return (
    <Section id="protection" title={PROTECTION.title} aside={active > 0 ? PROTECTION.limitedNow(active) : undefined}>
      {limits.length === 0 ? (
        <Empty>{PROTECTION.none}</Empty>
      ) : (
        <div className="limits" tabIndex={0} role="group" aria-label={PROTECTION.title}>
          <ul aria-label={PROTECTION.list}>
            {limits.map((episode) => (
              <Episode key={episode.id} episode={episode} />
            ))}
          </ul>
        </div>
      )}
    </Section>
  );
}

function Episode({ episode: { kind, subject, since, lastAt, refused, active } }: { episode: LimitEpisode }) {
  const { title, counts, why } = LIMITS[kind];
  return (
    <li className="limit">
      <StateMark state={active ? 'needs' : 'off'}>
        <span>
          {title}: <Client subject={subject} />
        </span>
      </StateMark>
      <span className="limit-more quiet small">
        {counted(refused, ...counts)} {PROTECTION.refused}, {PROTECTION.since} <Ago at={since} />
        {!active && (
          <>
            {', '}
            {PROTECTION.last} <Ago at={lastAt} />
          </>
        )}
        . {active && why}
      </span>
    </li>
  );
}

/** By the name of the host that has this address, where there is one. */
function Client({ subject }: { subject: string | undefined }) {
  const host = useHostAt(subject);
  if (subject === undefined) return PROTECTION.others;
  return (
    <>
      {host !== undefined && (
        <a className="go-link" href={href('hosts', host)}>
          {host}
        </a>
      )}{' '}
      <span className="mono">{subject}</span>
    </>
  );
}

function useHostAt(subject: string | undefined): string | undefined {
  const hosts = useAppStore((state) => state.hosts);
  const leases = useAppStore((state) => state.leases);
  return useMemo(() => {
    if (subject === undefined) return undefined;
    const mac = leases[subject]?.mac ?? subject;
    const isIt = (each: { mac: string; ip?: string | undefined }): boolean => each.mac === mac || each.ip === subject;
    return Object.values(hosts).find(({ interfaces }) => interfaces.some(isIt))?.name;
  }, [hosts, leases, subject]);
}
