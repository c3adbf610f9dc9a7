import '../discovered/discovered.css';
import { useState } from 'react';
import type { BmcCandidate } from '../../../contract/bmc.ts';
import { Button } from '../../ui/button.tsx';
import { Section } from '../../ui/section.tsx';
import { AdoptBmcSheet } from './adopt-bmc-sheet.tsx';
import { useBmcCandidates } from './use-candidates.ts';

/** What has an address from here and looks like a BMC: each waits to be told whose it is. Nothing where there is none. */
export function BmcOffers() {
  const candidates = useBmcCandidates();
  const [adopting, setAdopting] = useState<BmcCandidate>();
  return (
    <>
      {candidates.length > 0 && (
        <Section id="bmc-offers" title="BMCs of no host" aside={candidates.length}>
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
                <Button aria-label={`Adopt as BMC of…: ${candidate.ip}`} onPress={() => setAdopting(candidate)}>
                  Adopt as BMC of…
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
