// Makes resources/oui.txt from the development dependency oui-data: run it after that package was updated.
// One line per vendor: its name, a tab, its 24-bit prefixes as hex without anything between. Sorted, so that updates can be read.
// The smaller blocks (28 and 36 bits) are left out: boards and servers that netboot have MA-L addresses, and they would double the file.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const source = createRequire(import.meta.url).resolve('oui-data');
const entries = Object.entries(JSON.parse(readFileSync(source, 'utf8')));
const { version } = JSON.parse(readFileSync(join(dirname(source), 'package.json'), 'utf8'));

/** What says nothing about the vendor: legal forms at the end of the name. */
const LEGAL =
  /[\s,.]*\b(?:co|company|corp|corporation|inc|incorporated|ltd|ltda|limited|llc|l\.l\.c|gmbh(?: (?:& co)?\.? ?kg)?|ag|kg|b\.?v|n\.?v|s\.?a|s\.?p\.?a|s\.?r\.?l|sas|oy|ab|a\/s|aps|as|pty|pte|plc|kk|k\.k|bhd|sdn|pvt|private|international|d\.o\.o|s\.r\.o)\b[\s,.)]*$/i;
const LONGEST = 28;

function shortened(text) {
  let name = text
    .split('\n')[0]
    .replace(/[\u0000-\u001f\u007f]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  for (let next = name.replace(LEGAL, ''); next !== name && next.length > 2; next = name.replace(LEGAL, '')) name = next;
  if (name.length <= LONGEST) return name;
  const cut = name.slice(0, LONGEST);
  return (cut.includes(' ') ? cut.slice(0, cut.lastIndexOf(' ')) : cut).replace(/[\s,.&(-]+$/, '');
}

const vendors = new Map();
for (const [prefix, text] of entries) {
  if (prefix.length !== 6) continue;
  const name = shortened(text);
  // The authority's own prefixes are split among many vendors; "Private" ones name no vendor.
  if (name === '' || name === 'Private' || text.startsWith('Private\n') || name.startsWith('IEEE Registration')) continue;
  const known = vendors.get(name.toLowerCase());
  if (known) known.prefixes.push(prefix.toLowerCase());
  else vendors.set(name.toLowerCase(), { name, prefixes: [prefix.toLowerCase()] });
}

const lines = [...vendors.entries()]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([, { name, prefixes }]) => `${name}\t${prefixes.sort().join('')}`);
const header = `# Vendors by the first three bytes of a MAC address. From oui-data ${version}, see oui.LICENSE; made by scripts/oui.mjs.`;
const file = join(root, 'resources/oui.txt');
const content = `${header}\n${lines.join('\n')}\n`;
writeFileSync(file, content);
console.log(`${file}: ${lines.length} vendors, ${Buffer.byteLength(content)} bytes`);
