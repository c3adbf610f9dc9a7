import { grubCommands } from '../bootconfig/grub/lexer.ts';
import { isolinuxBlocks } from '../bootconfig/isolinux/blocks.ts';
import type { BootConfigKind, Word } from '../bootconfig/types.ts';

/** A menu entry: what sets it as the default, and what people read. */
export interface MenuEntry {
  readonly name: string;
  readonly title: string;
}

/** The entries of a boot menu that can be its default, in order; those of submenus are not among them. */
export function menuEntries(kind: BootConfigKind, text: string): MenuEntry[] {
  if (kind === 'grub') return grubEntries(text);
  if (kind !== 'isolinux') return [];
  return isolinuxBlocks(text).labels.map(({ label = '', lines }) => {
    const shown = lines.find(({ key, value }) => key === 'menu' && /^label\b/i.test(value))?.value.replace(/^label\s*/i, '');
    return { name: label, title: (shown ?? label).replaceAll('^', '') };
  });
}

function grubEntries(text: string): MenuEntry[] {
  let depth = 0;
  let end = 0;
  const entries: MenuEntry[] = [];
  for (const command of grubCommands(text)) {
    const start = command[0]?.start ?? end;
    depth += bracesIn(text.slice(end, start));
    end = command.at(-1)?.end ?? start;
    const title = depth === 0 ? titleOf(command) : undefined;
    // GRUB cuts a default at `>`, and a variable's value is not known here.
    if (title !== undefined && !/[>$]/.test(title)) entries.push({ name: title, title });
  }
  return entries;
}

/** What stands between commands: blanks, separators and comments. */
function bracesIn(gap: string): number {
  const code = gap.replace(/#[^\n]*/g, '');
  return code.split('{').length - code.split('}').length;
}

/** `menuentry --hotkey=i 'Install' --class x`: the first word that is no option nor an option's value. */
function titleOf(command: readonly Word[]): string | undefined {
  const at = command.findIndex(({ value }) => value === 'menuentry');
  if (at < 0) return undefined;
  for (let next = at + 1; next < command.length; next += 1) {
    const value = command[next]?.value ?? '';
    if (!value.startsWith('--')) return value;
    if (!value.includes('=') && value !== '--unrestricted') next += 1;
  }
  return undefined;
}
