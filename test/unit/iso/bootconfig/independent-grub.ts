/**
 * A second reading of GRUB's grammar, written without a look at the first: carriage returns go, then one regular expression cuts
 * the text. Answers the words behind each `linux…` and each module that is Linux.
 */
export function independentKernelLines(text: string): string[][] {
  const lines = text.replaceAll('\r', '');
  const commands: string[][] = [[]];
  const token = /#[^\n]*|[\n;{}|&<>]|(?:[ \t]|\\\n)+|((?:\$\{\w+\}|\\[^]|'[^']*'|"(?:\\[^]|[^"\\])*"|[^ \t\n;{}|&<>'"\\])+)/g;
  for (const [separator, word] of lines.matchAll(token)) {
    if (word !== undefined) commands.at(-1)?.push(unquoted(word));
    else if (!/^[ \t#\\]/.test(separator)) commands.push([]);
  }
  return commands.filter(([name = '', path = '']) => /^(?:linux|\$linux$)/.test(name) || (name === 'module2' && path.includes('vmlinuz')));
}

function unquoted(word: string): string {
  return word.replace(/'([^']*)'|"((?:\\[^]|[^"\\])*)"|\\([^])/g, (_all, single?: string, double?: string, escaped?: string) => {
    return single ?? double?.replace(/\\([$"\\])/g, '$1') ?? escaped?.replace('\n', '') ?? '';
  });
}
