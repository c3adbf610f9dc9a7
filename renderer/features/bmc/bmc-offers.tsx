import '../discovered/discovered.css';
import { useState } from 'react';
import type { BmcCandidate } from '../../../contract/bmc.ts';
import { Button } from '../../ui/button.tsx';
import { Section } from '../../ui/section.tsx';
import { AdoptBmcSheet } from './adopt-bmc-sheet.tsx';
import { CANDIDATES } from './labels.ts';
import { useBmcCandidates } from './use-candidates.ts';

/** Unassigned BMCs with a lease, each to be adopted for a host. Renders nothing when there are none. */
export function BmcOffers() {
  const candidates = useBmcCandidates();
  const [adopting, setAdopting] = useState<BmcCandidate>();
  return (
    <>
      {candidates.length > 0 && (
        <Section id="bmc-offers" title={CANDIDATES.title} aside={candidates.length}>
          <ul>
            {candidates.map((candidate) => (
              <li key={candidate.ip} className="discovered">
                <span className="discovered-mac">
                  <span className="mono">{candidate.ip}</span>
                  <span className="quiet small mono">{candidate.mac}</span>
                </span>
                <span className="discovered-what" title={candidate.reason}>
                  {candidate.vendor} <span className="quiet">{candidate.reason}</span>
                </span>
                <span />
                <Button aria-label={`${CANDIDATES.adopt}: ${candidate.ip}`} onPress={() => setAdopting(candidate)}>
                  {CANDIDATES.adopt}
                </Button>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {adopting && <AdoptBmcSheet candidate={adopting} onClose={() => setAdopting(undefined)} />}
    </>
  );
}
