import { BootbenchError } from '../../../contract/errors.ts';
import { sameContent, useOther, wrongChecksum } from './sentences.ts';
import type { ImportPlan } from './state.ts';

/** What confirms the SHA-256 of an import; undefined when no expected one is known. E_CHECKSUM names both. */
export function confirmed({ name, expected = [] }: Pick<ImportPlan, 'name' | 'expected'>, sha256: string): string | undefined {
  const other = expected.find((each) => each.sha256 !== sha256);
  if (other) throw new BootbenchError('E_CHECKSUM', wrongChecksum(name, sha256, other));
  return expected[0]?.by;
}

/** The refusal of bytes that the library has, or is getting, under another name. */
export function sameBytes(
  name: string,
  sha256: string,
  others: readonly { name: string; sha256?: string | undefined }[],
): BootbenchError | undefined {
  const same = others.find((other) => other.sha256 === sha256 && other.name !== name);
  if (!same) return undefined;
  return new BootbenchError('E_EXISTS', sameContent(name, same.name), {
    next: useOther(same.name),
  });
}
