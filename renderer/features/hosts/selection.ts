export type Selected = Record<string, true>;

/** What a press on a row selects: alone, added or taken away with Ctrl, up to it from the anchor with Shift. */
export function selectionAfter(
  before: Selected,
  press: { name: string; anchor: string | undefined; shift: boolean; ctrl: boolean },
  names: readonly string[],
): Selected {
  const { name, anchor, shift, ctrl } = press;
  if (shift && anchor !== undefined) return { ...(ctrl ? before : {}), ...range(names, anchor, name) };
  return ctrl ? toggled(before, name) : { [name]: true };
}

export function toggled(before: Selected, name: string): Selected {
  const { [name]: was, ...others } = before;
  return was ? others : { ...others, [name]: true };
}

export function range(names: readonly string[], from: string, to: string): Selected {
  const [a, b] = [names.indexOf(from), names.indexOf(to)];
  if (a < 0 || b < 0) return { [to]: true };
  return Object.fromEntries(names.slice(Math.min(a, b), Math.max(a, b) + 1).map((name) => [name, true as const]));
}
