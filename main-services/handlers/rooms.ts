import type {
  ApplianceStatus,
  BootFileOffer,
  BootFileStatus,
  Nic,
  OtherDhcpServer,
  PreflightCheck,
  RuntimeSettings,
} from '../../contract/appliance.ts';
import type { DoctorCheck } from '../../contract/doctor.ts';
import type { Db } from '../../db/open.ts';
import type { Activity } from '../activity/activity.ts';
import type { BmcConnections } from '../bmc/connections.ts';
import type { BootService } from '../boot/boot.ts';
import type { Readings } from '../reading/iso-watch.ts';
import type { Imports } from '../inventory/imports/types.ts';
import type { Consoles } from '../console/consoles.ts';
import type { IscsiService } from '../iscsi/service.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { LimitBoard } from '../protection/limit-board.ts';
import type { Vendors } from '../inventory/vendors.ts';
import type { ChapSecrets } from '../trust/chap.ts';
import type { BmcActions } from '../reimage/bmc-actions.ts';
import type { JobRunner } from '../reimage/runner.ts';

/** The appliance itself: its NIC, its services, its checks. */
export interface Control {
  status(): ApplianceStatus;
  onStatus(listener: (status: ApplianceStatus) => void): () => void;
  nics(): Promise<Nic[]>;
  selectNic(name: string): Promise<ApplianceStatus>;
  offerAddress(nic: string): Promise<{ address: string; prefix: number; command: string }>;
  setAddress(nic: string, address: string, prefix: number): Promise<void>;
  preflight(nic?: string): Promise<PreflightCheck[]>;
  /** Presses a button of the checklist. */
  fix(id: string, nic?: string): Promise<PreflightCheck[]>;
  probe(nic: string): Promise<OtherDhcpServer[]>;
  settings(): RuntimeSettings;
  changeSettings(patch: Record<string, unknown>): Promise<RuntimeSettings>;
  bootFiles(): Promise<BootFileStatus[]>;
  /** What `bootbench doctor` checks, for the given NIC or else the chosen one. */
  doctor(nic?: string): Promise<DoctorCheck[]>;
  /** The bytes of a .tar.gz. */
  supportBundle(): Promise<Uint8Array>;
  bootFileOffers(from: string): Promise<BootFileOffer[]>;
  installBootFiles(from: string, confirmed: Readonly<Record<string, string>>): Promise<BootFileStatus[]>;
  /** Ends the program a moment later, and returns the process of its services. */
  stop(): { pid: number };
  /** Writes a new file. E_EXISTS, E_DB. */
  backup(file: string, database: 'inventory' | 'history'): Promise<{ file: string; bytes: number }>;
}

/** What the handlers call into. */
export interface Rooms {
  readonly db: Db;
  readonly inventory: Inventory;
  readonly imports: Imports;
  readonly vendors: Vendors;
  readonly boot: BootService;
  readonly activity: Activity;
  readonly control: Control;
  readonly readings: Pick<Readings, 'of'>;
  readonly iscsi: Pick<IscsiService, 'sessions' | 'onSessions'>;
  readonly limits: Pick<LimitBoard, 'limited' | 'list' | 'totals' | 'onChange'>;
  readonly chap: ChapSecrets;
  readonly bmc: BmcConnections;
  readonly bmcActions: BmcActions;
  readonly consoles: Consoles;
  readonly jobs: Pick<JobRunner, 'start' | 'preview' | 'list' | 'get' | 'cancel' | 'retry' | 'confirm' | 'ofHost'>;
  /** Forgets the lease of an address. E_NOT_FOUND. */
  readonly releaseLease: (ip: string) => void;
  /** One file of a config as this host would get it. E_NOT_FOUND, E_CONFIG_AMBIGUOUS, E_TEMPLATE_FIELD. */
  readonly renderConfig: (config: string, host: string, file?: string) => { file: string; contentType: string; text: string };
}
