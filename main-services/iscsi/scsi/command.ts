import type { Outcome } from './outcome.ts';
import type { Access, Nexus, Reservations } from './reservations.ts';
import type { Unit } from './unit.ts';

/** Who sends the command, and what is reserved. */
export interface Claims {
  readonly nexus: Nexus;
  readonly reservations: Reservations;
}

/** A command that the unit has. */
export interface Command {
  readonly opcode: number;
  /** Service action, where the opcode has several. */
  readonly action?: number;
  /** CDB usage data without the opcode (SPC-4 §6.35.3): the bits that count. As long as the CDB. */
  readonly usage: string;
  readonly access: Access;
  /** Default: each device. */
  readonly device?: Unit['device'];
  /** Only where the unit has reservations. */
  readonly isReserving?: boolean;
  readonly run: (cdb: Buffer, unit: Unit, claims: Claims | undefined) => Outcome;
}

export function actionOf(cdb: Buffer): number {
  return (cdb[1] ?? 0) & 0x1f;
}
