/* Errors of config files and their templates. `where` is "ks.cfg, line 3, column 7". */

export function noDefaultFile(config: string, files: readonly string[]): string {
  return `Config ${config} has the files ${files.join(', ')}, and none of them is the default.`;
}

export function noSuchFile(config: string, file: string, files: readonly string[]): string {
  return `Config ${config} has no file "${file}"; it has ${files.join(', ')}.`;
}

export function position(file: string, line: number, column: number): string {
  return `${file}, line ${line}, column ${column}`;
}

export function invalidField(where: string): string {
  return `${where}: "{{" begins a field, but no field name and "}}" follow.`;
}

export function unknownField(where: string, field: string, similar: readonly string[]): string {
  const suggestion = similar.length === 0 ? '' : ` Did you mean ${similar.join(' or ')}?`;
  return `${where}: unknown field "${field}".${suggestion}`;
}

export function fieldWithoutValue(where: string, field: string): string {
  return `${where}: this host has no ${field}.`;
}
