/**
 * Whether a file's name has the form of a mask, in which `*` is any text and `?` any character, as in GRUB's `for file in /boot/*`. Takes
 * at most the product of both lengths, whatever the mask says: an ISO's own scripts hold it.
 */
export function matches(mask: string, name: string): boolean {
  let at = 0;
  let next = 0;
  // Where the last star stands, and up to where in the name it is taken to reach.
  let star = -1;
  let reach = 0;
  while (next < name.length) {
    if (mask[at] === '*') {
      star = at;
      reach = next;
      at += 1;
    } else if (at < mask.length && (mask[at] === '?' || mask[at] === name[next])) {
      at += 1;
      next += 1;
    } else if (star >= 0) {
      reach += 1;
      next = reach;
      at = star + 1;
    } else return false;
  }
  while (mask[at] === '*') at += 1;
  return at === mask.length;
}
