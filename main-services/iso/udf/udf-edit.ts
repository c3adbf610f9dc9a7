import { refused, type Added, type EditedImage, type EditReceipt } from '../iso9660/edited-image.ts';
import { checkName } from '../iso9660/record-names.ts';
import { SECTOR } from '../iso9660/records.ts';
import { chooseIdentifier, readFolder, visible, type Identifier } from './udf-directory.ts';
import { readNode, type UdfNode } from './udf-entry.ts';
import { fileEntry, identifierOf, packFolder, withContent } from './udf-records.ts';
import { findUdf, type Partition, type UdfLayout } from './udf-layout.ts';
import { hasFreeSpaceTables, readIntegrity, type Grown } from './udf-sequences.ts';

/** What was done to a UDF tree, and what finishUdf needs to close it. */
export interface UdfChange extends Grown {
  readonly receipt: readonly EditReceipt[];
}

type UdfImage = Pick<EditedImage, 'size' | 'pages' | 'tail'>;

/**
 * Puts files into the root folder of the UDF tree; one that exists there gets new content. Content, new entries and a new copy of
 * the folder go to the tail, so finishUdf must follow once the image's size is known. E_IMAGE_EDIT says why it cannot be done.
 */
export async function addToUdf(image: UdfImage, added: readonly Added[]): Promise<UdfChange> {
  const layout = await findUdf(image.pages.read, image.size);
  const root = layout && (await readNode(image.pages.read, layout, layout.root));
  if (!layout || !root?.directory) throw refused('The ISO has no UDF tree that can be read; nothing can be added to it.');
  const partition = await growable(image, layout);
  const folder = await readFolder(image.pages.read, root);
  if (!folder.whole) throw refused('The root folder of the ISO’s UDF tree is damaged; nothing can be added to it.');

  const integrity = await readIntegrity(image.pages.read, layout);
  const session = { image, layout, partition, root };
  const receipt: EditReceipt[] = [];
  const fresh: Buffer[] = [];
  for (const file of lastOfEach(added)) {
    checkName(file.name);
    const existing = chooseIdentifier(visible(folder), file.name);
    const done = existing ? await replace(session, existing, file) : await create(session, file, integrity.nextId + fresh.length);
    receipt.push(done.receipt);
    if (done.identifier) fresh.push(done.identifier);
  }
  if (fresh.length > 0) receipt.push(await moveRoot(session, [...folder.identifiers.map(({ bytes }) => bytes), ...fresh]));
  return { receipt, layout, partition, integrity, addedFiles: fresh.length };
}

/** One file in its place, with the record that the root folder needs for it. */
interface Done {
  readonly receipt: EditReceipt;
  readonly identifier?: Buffer;
}

interface Session {
  readonly image: UdfImage;
  readonly layout: UdfLayout;
  readonly partition: Partition;
  readonly root: UdfNode;
}

async function growable({ pages }: UdfImage, layout: UdfLayout): Promise<Partition> {
  const [partition, ...others] = layout.partitions;
  if (!partition || others.length > 0) throw refused('The ISO’s UDF tree has several partitions; nothing can be added to it.');
  if (await hasFreeSpaceTables(pages.read, layout)) {
    throw refused('The ISO’s UDF tree is one to write on, with a table of free blocks; files can be added to finished discs only.');
  }
  return partition;
}

function lastOfEach(added: readonly Added[]): Added[] {
  return [...new Map(added.map((file) => [file.name.toLowerCase(), file])).values()];
}

/** Puts bytes at the end of the image; their block counts from the start of the partition. */
async function place({ image, partition }: Session, bytes: Uint8Array): Promise<{ offset: number; block: number }> {
  const offset = await image.tail.place(bytes);
  return { offset, block: offset / SECTOR - partition.start };
}

async function replace(session: Session, existing: Identifier, { name, bytes }: Added): Promise<Done> {
  const node = await readNode(session.image.pages.read, session.layout, existing.address);
  if (!node || node.directory) throw refused(`${name} in the ISO’s UDF tree is not a file that can be replaced.`);
  const { offset, block } = await place(session, bytes);
  const entry = withContent(node.bytes, { block, size: bytes.length }, node.address.block);
  if (!entry) throw refused(`The entry of ${name} in the ISO’s UDF tree has no room for a new place.`);
  await session.image.pages.write(node.at, entry);
  return { receipt: { path: existing.name, where: 'udf', what: 'relocated', offset, before: node.size, after: bytes.length } };
}

async function create(session: Session, { name, bytes }: Added, uniqueId: number): Promise<Done> {
  const { offset, block } = await place(session, bytes);
  const entryBlock = session.image.tail.end() / SECTOR - session.partition.start;
  await place(session, fileEntry(session.root.bytes, { block, size: bytes.length }, entryBlock, uniqueId));
  const address = { block: entryBlock, partition: session.layout.root.partition };
  const identifier = identifierOf(session.root.bytes, name, address, uniqueId);
  return { receipt: { path: name, where: 'udf', what: 'injected', offset, before: 0, after: bytes.length }, identifier };
}

async function moveRoot(session: Session, identifiers: readonly Buffer[]): Promise<EditReceipt> {
  const { root, image, partition } = session;
  const block = image.tail.end() / SECTOR - partition.start;
  const packed = packFolder(identifiers, block);
  const { offset } = await place(session, packed);
  const entry = withContent(root.bytes, { block, size: packed.length }, root.address.block);
  if (!entry) throw refused('The root folder’s entry in the ISO’s UDF tree has no room for a new place.');
  await image.pages.write(root.at, entry);
  return { path: '/', where: 'udf', what: 'root relocated', offset, before: root.size, after: packed.length };
}

export { finishUdf } from './udf-sequences.ts';
