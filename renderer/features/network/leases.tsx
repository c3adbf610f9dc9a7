import { useMemo, useState } from 'react';
import type { Lease } from '../../../contract/inventory.ts';
import { ipv4ToNumber } from '../../../contract/primitives.ts';
import { formatUntil } from '../../format/time.ts';
import { useVendors } from '../../model/use-vendors.ts';
import { href } from '../../store/route.ts';
import { useAppStore, useCall, useNow } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Empty, Section } from '../../ui/section.tsx';
import { StateMark } from '../../ui/state.tsx';
import { LEASES, leaseState, releaseLabel } from './labels.ts';

/** Who has which address: machines that boot here, and everything else that asked. */
export function Leases() {
  const leases = useAppStore((state) => state.leases);
  const sorted = useMemo(() => Object.values(leases).sort((a, b) => ipv4ToNumber(a.ip) - ipv4ToNumber(b.ip)), [leases]);
  const vendors = useVendors(sorted.map(({ mac }) => mac));
  return (
    <Section id="leases" title={LEASES.title} aside={sorted.length > 0 ? sorted.length : undefined}>
      {sorted.length === 0 ? (
        <Empty>{LEASES.none}</Empty>
      ) : (
        <table className="leases">
          <thead>
            <tr>
              <th className="leases-address">{LEASES.address}</th>
              <th className="leases-mac">{LEASES.mac}</th>
              <th>{LEASES.machine}</th>
              <th className="leases-state">{LEASES.state}</th>
              <th className="leases-until">{LEASES.until}</th>
              <th className="leases-release" aria-label={LEASES.release} />
            </tr>
          </thead>
          <tbody>
            {sorted.map((lease) => (
              <Row key={lease.ip} lease={lease} vendor={vendors[lease.mac]} />
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

function Row({ lease, vendor }: { lease: Lease; vendor: string | undefined }) {
  const host = useHostOf(lease.mac);
  const now = useNow();
  const { state, word } = leaseState(lease, now);
  const name = host ?? lease.hostname;
  const details = [lease.hostname === name ? undefined : lease.hostname, vendor, lease.vendorClass];
  const said = details.filter((part) => part !== undefined && part !== '').join(' · ');
  return (
    <tr>
      <td className="mono">{lease.ip}</td>
      <td className="mono">{lease.mac}</td>
      <td title={said}>
        {host === undefined ? (
          <span className={name === undefined ? 'quiet' : undefined}>{name ?? LEASES.unnamed}</span>
        ) : (
          <a className="go-link" href={href('hosts', host)}>
            {host}
          </a>
        )}
        {said !== '' && <span className="lease-said quiet small">{said}</span>}
      </td>
      <td>
        <StateMark state={state}>{word}</StateMark>
      </td>
      <td title={new Date(lease.expiresAt).toLocaleString()}>{formatUntil(lease.expiresAt - now)}</td>
      <td>
        <Release ip={lease.ip} />
      </td>
    </tr>
  );
}

/** Forgets the lease. The machine may still use the address, so it is asked twice. */
function Release({ ip }: { ip: string }) {
  const call = useCall();
  const [step, setStep] = useState<'idle' | 'sure' | 'asked'>('idle');
  const [failed, setFailed] = useState<string>();
  const release = async (): Promise<void> => {
    setStep('asked');
    const answer = await call('lease.release', { ip });
    setStep('idle');
    setFailed(answer.ok ? undefined : answer.error.message);
  };
  return (
    <>
      <Button
        plain
        className="lease-release"
        aria-label={releaseLabel(ip, step === 'sure')}
        isDisabled={step === 'asked'}
        onPress={() => (step === 'sure' ? void release() : setStep('sure'))}
        onBlur={() => setStep((now) => (now === 'sure' ? 'idle' : now))}
      >
        {step === 'idle' ? LEASES.release : step === 'sure' ? LEASES.releaseNow : LEASES.releasing}
      </Button>
      {failed !== undefined && <StateMark state="failed">{failed}</StateMark>}
    </>
  );
}

function useHostOf(mac: string): string | undefined {
  return useAppStore(({ hosts }) => Object.values(hosts).find(({ interfaces }) => interfaces.some((each) => each.mac === mac))?.name);
}
