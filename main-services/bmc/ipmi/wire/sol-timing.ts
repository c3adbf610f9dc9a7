/** Milliseconds. */
export interface SolTiming {
  /** After each sending of a packet, until it is sent again; after the last one the BMC counts as gone. */
  readonly waits: readonly number[];
  /** Before characters that the BMC did not take are offered again: the first time, doubled each time that it takes none, up to the second. */
  readonly refused: readonly [first: number, most: number];
  /** After a packet that was sent more than once: its copies must arrive before the next packet, which a network can let overtake them. */
  readonly settle: number;
  /** Before output for which there is no room is refused: some BMCs send it again immediately. */
  readonly hold: number;
}

/** A lost packet costs little, a BMC that answers slowly is not flooded, and one that restarts is noticed within 16 s. */
export const SOL_TIMING: SolTiming = {
  waits: [100, 200, 400, 800, ...Array.from({ length: 14 }, () => 1000)],
  refused: [10, 500],
  settle: 50,
  hold: 50,
};
