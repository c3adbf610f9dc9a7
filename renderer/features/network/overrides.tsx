import { Empty, Section } from '../../ui/section.tsx';
import { SettingRow } from './setting-row.tsx';
import { OVERRIDE_FIELD } from './settings-fields.ts';
import type { KnownSettings } from './use-settings.ts';

/** Which boot file an architecture gets instead of the table's. */
export function Overrides({ known: { settings, change } }: { known: KnownSettings }) {
  return (
    <Section id="overrides" title="Boot file by architecture">
      {settings ? (
        <div className="settings-form syntax">
          <SettingRow field={OVERRIDE_FIELD} settings={settings} change={change} />
          <p className="quiet small">
            Numbers are those of DHCP option 93: 0 x86 BIOS, 7 and 9 x86-64 UEFI, 16 x86-64 UEFI by HTTP, 11 ARM64 UEFI, 19 ARM64 UEFI by
            HTTP. The packet log shows a machine’s number. Use files from the list above.
          </p>
        </div>
      ) : (
        <Empty>Loading the settings…</Empty>
      )}
    </Section>
  );
}
