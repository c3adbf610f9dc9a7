import { statSync } from 'node:fs';
import { BootbenchError } from '../../contract/errors.ts';
import type { HostServices } from '../../contract/runtime.ts';
import type { Db } from '../../db/open.ts';
import type { BootFilesDownload } from '../preflight/boot-files-download.ts';
import type { BootFileCatalogue } from '../boot/files/boot-files.ts';
import { createFixes } from '../preflight/fixes.ts';
import type { Control } from '../handlers/rooms.ts';
import { listNics } from '../network/nics.ts';
import { offerAddress, setAddress } from '../network/set-address.ts';
import type { DhcpServerScan } from '../preflight/dhcp-server-scan.ts';
import type { RuntimeSettingsStore } from '../settings/runtime-settings.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';

export interface ControlDeps {
  readonly supervisor: Supervisor;
  readonly catalogue: BootFileCatalogue;
  readonly db: Db;
  readonly hostServices: HostServices;
  readonly runtime: RuntimeSettingsStore;
  readonly dhcpServers: DhcpServerScan;
  readonly bootFiles: BootFilesDownload | undefined;
  readonly preflight: Control['preflight'];
}

/** The appliance's own controls for UI and CLI, and the undoing of what they changed on this computer. */
export function createControl(deps: ControlDeps): Control & { undo(): Promise<void> } {
  const { supervisor, catalogue, db, hostServices, runtime } = deps;
  const undos: (() => Promise<void>)[] = [];

  const give: Control['setAddress'] = async (nic, address, prefix) => {
    undos.push(await setAddress(nic, address, prefix, { host: hostServices }));
  };
  const change = async (patch: Record<string, unknown>, nic?: string): Promise<void> => {
    if (runtime.change(patch, nic).length > 0) await supervisor.restart('dhcp');
  };
  const fix = createFixes({
    host: hostServices,
    checklist: deps.preflight,
    chosenNic: () => supervisor.chosenNic,
    offerAddress,
    setAddress: give,
    changeSettings: change,
    scan: (nic) => deps.dhcpServers.scan(nic),
    retry: () => supervisor.retry(),
    bootFiles: deps.bootFiles,
  });

  return {
    status: () => supervisor.status(),
    onStatus: (listener) => supervisor.onStatus(listener),
    nics: () => listNics(),
    selectNic: (name) => supervisor.select(name),
    offerAddress,
    setAddress: give,
    preflight: deps.preflight,
    fix,
    probe: (nic) => deps.dhcpServers.scan(nic),
    settings: () => runtime.current(),
    async changeSettings(patch) {
      await change(patch);
      return runtime.current();
    },
    bootFiles: () => catalogue.status(),
    async backup(file) {
      try {
        await db.main.backup(file);
        return { file, bytes: statSync(file).size };
      } catch (error) {
        throw new BootbenchError('E_DB', `The backup to ${file} failed: ${error instanceof Error ? error.message : String(error)}`, {
          cause: error,
          next: 'Choose an existing folder with enough free space.',
        });
      }
    },
    async undo() {
      deps.bootFiles?.stop();
      for (const undo of undos.splice(0).reverse()) await undo();
    },
  };
}
