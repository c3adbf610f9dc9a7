import { placeFields, refused, sectors, type Added, type EditedImage, type EditReceipt } from '../iso9660/edited-image.ts';
import { compareNames, recordFor, type NewFile, type RawRecord } from '../iso9660/record-names.ts';
import { ROOT_RECORD_OFFSET, type Descriptor } from '../iso9660/descriptors.ts';
import { MAX_DIRECTORY_BYTES } from '../iso9660/directory.ts';
import { isSelfOrParent, locateRecords, SECTOR } from '../iso9660/records.ts';
import type { ScannedTree } from '../iso9660/scan.ts';
import type { Extent } from '../source/overlay.ts';

/** Adds files to the root of every tree; a root without room for their records moves to the tail. */
export async function addToRoot(image: EditedImage, added: readonly Added[]): Promise<EditReceipt[]> {
  const receipt: EditReceipt[] = [];
  const files: NewFile[] = [];
  for (const [number, { name, bytes }] of added.entries()) {
    const offset = await image.tail.place(bytes);
    files.push({ name, offset, size: bytes.length, number });
    receipt.push({ path: name, where: 'iso', what: 'injected', offset, before: 0, after: bytes.length });
  }
  for (const tree of image.trees) {
    const moved = await addToTree(image, tree, files);
    if (moved)
      receipt.push({
        path: '/',
        where: 'iso',
        what: 'root relocated',
        offset: moved.offset,
        before: tree.root.length,
        after: moved.length,
      });
  }
  return receipt;
}

async function addToTree(image: EditedImage, tree: ScannedTree, files: readonly NewFile[]): Promise<Extent | undefined> {
  const records = await readRoot(image, tree);
  for (const file of files) insert(records, recordFor(tree, records, file), tree.flavour === 'joliet');
  const packed = pack(records.map(({ raw }) => raw));
  const stays = packed.length <= sectors(tree.root.length) * SECTOR;
  const room = Buffer.alloc(stays ? sectors(tree.root.length) * SECTOR : packed.length);
  room.set(packed);
  if (!stays) return moveRoot(image, tree, records, room);
  await image.pages.write(tree.root.offset, room);
  // Some writers say how many bytes of the sector they use.
  if (room.length !== tree.root.length) await pointTo(image, tree, records, { offset: tree.root.offset, length: room.length });
  return undefined;
}

async function readRoot(image: EditedImage, { root }: ScannedTree): Promise<RawRecord[]> {
  if (root.length > MAX_DIRECTORY_BYTES)
    throw refused(`The ISO’s root folder has ${root.length} bytes; ${MAX_DIRECTORY_BYTES} are the most.`);
  const bytes = await image.pages.read(root.offset, root.length);
  const records = [...locateRecords(bytes, 0)].map(({ at, length, record }) => ({ raw: bytes.subarray(at, at + length), record }));
  const [self, parent] = records;
  if (!self || !parent || !isSelfOrParent(self.record) || !isSelfOrParent(parent.record)) {
    throw refused('The ISO’s root folder is damaged; nothing can be added to it.');
  }
  return records;
}

function insert(records: RawRecord[], fresh: RawRecord, joliet: boolean): void {
  const before = records.findIndex(
    ({ record }) => !isSelfOrParent(record) && compareNames(fresh.record.rawName, record.rawName, joliet) < 0,
  );
  records.splice(before < 0 ? records.length : before, 0, fresh);
}

/** Records in sectors, none across a boundary (ECMA-119 §6.8.1.1). */
function pack(records: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [];
  let used = 0;
  const fill = (length: number) => {
    parts.push(Buffer.alloc(length));
    used += length;
  };
  for (const raw of records) {
    if ((used % SECTOR) + raw.length > SECTOR) fill(SECTOR - (used % SECTOR));
    parts.push(raw);
    used += raw.length;
  }
  fill((SECTOR - (used % SECTOR)) % SECTOR);
  return Buffer.concat(parts);
}

async function moveRoot(image: EditedImage, tree: ScannedTree, records: readonly RawRecord[], room: Buffer): Promise<Extent> {
  const moved = { offset: await image.tail.place(room), length: room.length };
  await pointTo(image, tree, records, moved);
  return moved;
}

/** Everything that names the root: itself twice, its descriptors, its children and the path tables. */
async function pointTo(image: EditedImage, tree: ScannedTree, records: readonly RawRecord[], root: Extent): Promise<void> {
  const { base } = tree;
  const fields = placeFields(root.offset - base, root.length);
  const selfLength = records[0]?.raw.length ?? 0;
  for (const at of [root.offset, root.offset + selfLength]) await image.pages.write(at + 1, fields);
  for (const { record } of records) {
    if (record.directory && !isSelfOrParent(record)) await pointChild(image, tree, base + record.extent.offset, fields);
  }
  for (const descriptor of tree.descriptors) {
    await pointPathTables(image, descriptor, (root.offset - base) / SECTOR);
    await image.pages.write(descriptor.at + ROOT_RECORD_OFFSET + 1, fields);
  }
}

/** `..` is the second record of a folder. */
async function pointChild(image: EditedImage, tree: ScannedTree, child: number, fields: Buffer): Promise<void> {
  const [, parent] = locateRecords(await image.pages.read(child, SECTOR), child);
  if (parent?.record.rawName[0] !== 1 || tree.base + parent.record.extent.offset !== tree.root.offset) return;
  await image.pages.write(parent.at + 1, fields);
}

/** The root is the first entry of each path table: L and M, and a copy of each if the disc has one (ECMA-119 §8.4.14 to 17). */
async function pointPathTables(image: EditedImage, { bytes, base }: Descriptor, sector: number): Promise<void> {
  const old = bytes.readUInt32LE(ROOT_RECORD_OFFSET + 2);
  for (const field of [140, 144, 148, 152]) {
    const little = field < 148;
    const named = little ? bytes.readUInt32LE(field) : bytes.readUInt32BE(field);
    const table = base + named * SECTOR;
    if (named === 0 || table >= image.size) continue;
    const entry = await image.pages.read(table, 10);
    if ((little ? entry.readUInt32LE(2) : entry.readUInt32BE(2)) !== old) continue;
    entry[1] = 0;
    if (little) entry.writeUInt32LE(sector, 2);
    else entry.writeUInt32BE(sector, 2);
    await image.pages.write(table, entry);
  }
}
