import { error, placeAt, warning, type Found } from './finding.ts';
import { parseJson, type JsonMember, type JsonNode } from './json.ts';
import { isMasked } from './mask.ts';
import { ignition as sentences } from './sentences.ts';

/** coreos.github.io/ignition/specs: stable versions; Flatcar takes those of 2 too. */
const VERSIONS = ['2.0.0', '2.1.0', '2.2.0', '2.3.0', '2.4.0', '3.0.0', '3.1.0', '3.2.0', '3.3.0', '3.4.0', '3.5.0'];
const NEWEST_MINOR = 5;

const SECTIONS = {
  2: ['ignition', 'networkd', 'passwd', 'storage', 'systemd'],
  3: ['ignition', 'kernelArguments', 'passwd', 'storage', 'systemd'],
};

export function lintIgnition(text: string): Found[] {
  if (/^[ \t]*variant:/m.test(text) && !text.trimStart().startsWith('{')) return [error({ line: 1 }, sentences.butane)];
  const { root, findings } = parseJson(text);
  if (!root) return findings;
  const sections = membersOf(root);
  if (!sections) return [...findings, error(placeAt(text, root.at), sentences.notAnObject)];
  const ignition = sections.get('ignition');
  const version = ignition && membersOf(ignition.node)?.get('version');
  return [...findings, ...ofVersion(text, version, ignition?.node ?? root), ...ofSections(text, sections, version)];
}

function ofVersion(text: string, member: JsonMember | undefined, near: JsonNode): Found[] {
  if (!member) return [error(placeAt(text, near.at), sentences.versionMissing)];
  const version = member.node.value;
  const place = placeAt(text, member.node.at);
  if (typeof version !== 'string') return [error(place, sentences.versionNotText)];
  if (VERSIONS.includes(version) || isMasked(version)) return [];
  const minor = /^3\.(\d+)\.0(?:-experimental)?$/.exec(version)?.[1];
  if (minor !== undefined && Number(minor) > NEWEST_MINOR) return [warning(place, sentences.newerVersion(version, NEWEST_MINOR))];
  return [error(place, sentences.unknownVersion(version))];
}

function ofSections(text: string, sections: ReadonlyMap<string, JsonMember>, version: JsonMember | undefined): Found[] {
  const given = version?.node.value;
  const known = typeof given === 'string' && given.startsWith('2.') ? SECTIONS[2] : SECTIONS[3];
  return [...sections].flatMap(([name, { keyAt }]) =>
    known.includes(name) ? [] : [warning(placeAt(text, keyAt), sentences.ignoredSection(name, known))],
  );
}

function membersOf({ value }: JsonNode): ReadonlyMap<string, JsonMember> | undefined {
  return value instanceof Map ? (value as ReadonlyMap<string, JsonMember>) : undefined;
}
