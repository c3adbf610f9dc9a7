import { RotatingFile } from '../../../../headless/rotating-file.ts';

/** Run by Windows' Node: `FILE`. Writes three times as much as the file may have. */
const MAX_BYTES = 10_000;
const file = new RotatingFile(process.argv[2] ?? '', MAX_BYTES);
for (let line = 0; line < 30; line += 1) file.write(`${String(line).padStart(999, '.')}\n`);
file.close();
