/** Kernel arguments as the kernel itself splits them: by blanks, but not inside double quotes (Documentation/admin-guide/kernel-parameters). */
export function argumentWords(text: string): string[] {
  return text.match(/(?:"[^"]*"|[^\s"])+/g) ?? [];
}
