import { statSync } from 'node:fs';
import { BootbenchError } from '../contract/errors.ts';
import type { Clock, HostServices } from '../contract/runtime.ts';
import type { Db } from '../db/open.ts';
import type { BootFileCatalogue } from './boot/boot-files.ts';
import type { Control } from './handlers/rooms.ts';
import { listNics } from './network/nics.ts';
import { offerAddress, setAddress } from './network/set-address.ts';
import type { Supervisor } from './supervisor.ts';

export interface ControlDeps {
  readonly supervisor: Supervisor;
  readonly catalogue: BootFileCatalogue;
  readonly db: Db;
  readonly clock: Clock;
  readonly hostServices: HostServices;
  readonly preflight: Control['preflight'];
}

/** The appliance's own controls for UI and CLI, and the undoing of what they changed on this computer. */
export function createControl(deps: ControlDeps): Control & { undo(): Promise<void> } {
  const { supervisor, catalogue, db, hostServices } = deps;
  const undos: (() => Promise<void>)[] = [];

  return {
    status: () => supervisor.status(),
    onStatus: (listener) => supervisor.onStatus(listener),
    nics: () => listNics(),
    selectNic: (name) => supervisor.select(name),
    offerAddress,
    async setAddress(nic, address, prefix) {
      undos.push(await setAddress(nic, address, prefix, { host: hostServices }));
    },
    preflight: deps.preflight,
    bootFiles: () => catalogue.status(),
    async backup(file) {
      try {
        await db.main.backup(file);
        return { file, bytes: statSync(file).size };
      } catch (error) {
        throw new BootbenchError('E_DB', `The backup to ${file} failed: ${error instanceof Error ? error.message : String(error)}`, {
          cause: error,
          next: 'Choose a folder that exists and has room.',
        });
      }
    },
    async undo() {
      for (const undo of undos.splice(0).reverse()) await undo();
    },
  };
}
