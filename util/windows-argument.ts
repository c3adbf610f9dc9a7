/** A word as Windows programs split their command line (CommandLineToArgvW): quoted where it is empty or has spaces or quotes. */
export function windowsArgument(word: string): string {
  if (word !== '' && !/[\s"]/.test(word)) return word;
  return `"${word.replace(/(\\*)"/g, '$1$1\\"').replace(/\\+$/, '$&$&')}"`;
}
