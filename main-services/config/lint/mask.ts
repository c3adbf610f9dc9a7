import { TOKEN } from '../template.ts';
import { error, MAX_FINDINGS_OF_KIND, placeAt, type Found } from './finding.ts';
import { INVALID_FIELD } from './sentences.ts';

/** Replaces a field: as long as the field, and a number, so that it is valid with and without quotes. */
const FILLING = '1';

/** The text with every field replaced by as many characters, so that lines and columns stay; and findings for braces without a field. */
export function maskFields(text: string): { masked: string; findings: Found[] } {
  const findings: Found[] = [];
  const masked = text.replace(TOKEN, (token: string, field: string | undefined, offset: number) => {
    // Becomes "{{" when the file is served.
    if (token === '\\{{') return ' {{';
    if (field === undefined && findings.length < MAX_FINDINGS_OF_KIND) findings.push(error(placeAt(text, offset), INVALID_FIELD));
    return FILLING.repeat(token.length);
  });
  return { masked, findings };
}

/** Whether a value replaces a field, so that it is not known yet. */
export function isMasked(value: string): boolean {
  return value.includes(FILLING.repeat(5));
}
