/** All in milliseconds. A list of waits is one sending per wait. */
export interface IpmiTiming {
  /** Before there is a session: a port that is silent for all of these is off. */
  readonly probe: readonly number[];
  /** Opening a session and commands in it; slow BMCs take seconds to switch the power. */
  readonly request: readonly number[];
  /** For the answer to Close Session, which is not needed. */
  readonly close: readonly number[];
  /** Between readings of the power. */
  readonly poll: number;
  /** Until the power must have changed. */
  readonly power: number;
  /** Before a command is repeated to a BMC that says it is busy. */
  readonly busy: number;
  /** An unused session is closed; BMCs have room for four or so, and forget one after 60 s. */
  readonly idle: number;
}

export const IPMI_TIMING: IpmiTiming = {
  probe: [700, 1300, 2000],
  request: [1000, 2000, 3000, 4000],
  close: [200, 300],
  poll: 2000,
  power: 90_000,
  busy: 1000,
  idle: 3000,
};
