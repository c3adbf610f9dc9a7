import { isMap } from 'yaml';
import { error, placeAt, warning, type Found } from './finding.ts';
import { isMasked } from './mask.ts';
import { cloudInit as sentences } from './sentences.ts';
import { membersOf, parseYaml, rootMap, type YamlMember } from './yaml.ts';

/** What else cloud-init accepts as user-data (its documentation, "User data formats"); it is not checked. */
const OTHER_FORMATS =
  /^(?:#!|#include|#cloud-boothook|#cloud-config-archive|#part-handler|#cloud-config-jsonp|## template: ?jinja|Content-Type: ?multipart|MIME-Version:)/i;

/** The autoinstall reference manual, "Autoinstall configuration reference". */
const SECTIONS = `version interactive-sections early-commands locale refresh-installer keyboard source network proxy apt storage identity
  active-directory ubuntu-pro ssh codecs drivers oem snaps debconf-selections packages kernel kernel-crash-dumps timezone updates
  shutdown late-commands error-commands reporting user-data zdevs ubuntu-advantage`.split(/\s+/);

export function lintUserData(text: string): Found[] {
  if (OTHER_FORMATS.test(text)) return [];
  const { document, findings } = parseYaml(text);
  const heading = /^#cloud-config\s*?(?:\r?\n|$)/.test(text) ? [] : [error({ line: 1, column: 1 }, sentences.heading)];
  if (findings.some(({ severity }) => severity === 'error')) return [...heading, ...findings];
  const root = rootMap(document);
  if (!root) return [...heading, ...findings, error({ line: 1 }, sentences.notAMapping)];
  return [
    ...heading,
    ...findings,
    ...ofAutoinstall(
      text,
      membersOf(root).find(({ key }) => key === 'autoinstall'),
    ),
  ];
}

function ofAutoinstall(text: string, autoinstall: YamlMember | undefined): Found[] {
  if (!autoinstall) return [warning({ line: 1 }, sentences.autoinstallMissing)];
  const place = placeAt(text, autoinstall.at);
  if (!isMap(autoinstall.value)) return [error(place, sentences.autoinstallNotAMapping)];
  const members = membersOf(autoinstall.value);
  return [...ofVersion(text, members, place), ...ofSections(text, members), ...ofIdentity(members, place)];
}

function ofVersion(text: string, members: readonly YamlMember[], place: { line: number }): Found[] {
  const version = members.find(({ key }) => key === 'version');
  if (!version) return [error(place, sentences.versionMissing)];
  if (version.value === 1 || isMasked(String(version.value))) return [];
  return [error(placeAt(text, version.at), sentences.otherVersion)];
}

function ofSections(text: string, members: readonly YamlMember[]): Found[] {
  return members
    .filter(({ key }) => !SECTIONS.includes(key))
    .map(({ key, at }) => warning(placeAt(text, at), sentences.unknownSection(key)));
}

function ofIdentity(members: readonly YamlMember[], place: { line: number }): Found[] {
  if (members.some(({ key }) => ['identity', 'user-data', 'interactive-sections', 'active-directory'].includes(key))) return [];
  return [warning(place, sentences.identityMissing)];
}
