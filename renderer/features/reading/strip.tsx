import './reading.css';

/** Neighbouring pieces of the same fill, as one. */
export interface Run {
  readonly from: number;
  readonly count: number;
  /** From 1 to 9. */
  readonly fill: number;
}

/** A digit from 0 to 9 for each piece, as the appliance tells it. */
export function runsOf(strip: string): Run[] {
  return [...strip.matchAll(/([1-9])\1*/g)].map(({ 0: run, 1: digit, index }) => ({ from: index, count: run.length, fill: Number(digit) }));
}

/** Which pieces of an ISO a machine has, from its first byte to its last. */
export function Strip({ strip, label }: { strip: string; label: string }) {
  return (
    <svg className="strip" role="img" aria-label={label} viewBox={`0 0 ${strip.length} 1`} preserveAspectRatio="none">
      {runsOf(strip).map(({ from, count, fill }) => (
        <rect key={from} x={from} y={0} width={count} height={1} className="strip-piece" fillOpacity={0.3 + (fill / 9) * 0.7} />
      ))}
    </svg>
  );
}
