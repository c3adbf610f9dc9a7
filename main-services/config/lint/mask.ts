import { TOKEN } from '../template.ts';
import { error, MOST_OF_A_KIND, placeAt, type Found } from './finding.ts';

/** Stands for a field's value: it is as long, and a number, so that it may stand within quotes and without. */
const FILLING = '1';

/** The text with every field replaced by as many characters, so that lines and columns stay; and braces that hold no field. */
export function maskFields(text: string): { masked: string; findings: Found[] } {
  const findings: Found[] = [];
  const masked = text.replace(TOKEN, (token: string, field: string | undefined, offset: number) => {
    // Becomes "{{" when the file is served.
    if (token === '\\{{') return ' {{';
    if (field === undefined && findings.length < MOST_OF_A_KIND)
      findings.push(
        error(placeAt(text, offset), '“{{” begins a field, but no name and “}}” follow. For braces as they are, write \\{{ instead.'),
      );
    return FILLING.repeat(token.length);
  });
  return { masked, findings };
}

/** Whether a value stands where a field was, so that nobody knows yet what it will be. */
export function isMasked(value: string): boolean {
  return value.includes(FILLING.repeat(5));
}
