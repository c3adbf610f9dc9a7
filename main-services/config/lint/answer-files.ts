import { error, warning, type Found } from './finding.ts';
import { answerFile as sentences } from './sentences.ts';
import { ofRoot, readXml, type XmlElement } from './xml.ts';

const YAST = 'http://www.suse.com/1.0/yast2ns';
const UNATTEND = 'urn:schemas-microsoft-com:unattend';

/** Passes of Windows Setup ("How Configuration Passes Work"). */
const PASSES = ['windowsPE', 'offlineServicing', 'generalize', 'specialize', 'auditSystem', 'auditUser', 'oobeSystem'];
/** Without these Setup does not know which component is meant. */
const COMPONENT_NEEDS = ['name', 'processorArchitecture', 'publicKeyToken', 'language', 'versionScope'];

/** AutoYaST. */
export function lintProfile(text: string): Found[] {
  const xml = readXml(text);
  const root = ofRoot(xml, 'profile', YAST, false);
  if (xml.findings.length > 0 || root.some(({ severity }) => severity === 'error')) return [...xml.findings, ...root];
  const confirms = xml.texts.get('profile/general/mode/confirm') !== 'false';
  return confirms ? [...root, warning(xml.elements[0] ?? { line: 1 }, sentences.autoYastConfirms)] : root;
}

/** Windows Setup's answer file. */
export function lintUnattend(text: string): Found[] {
  const xml = readXml(text);
  return [
    ...xml.findings,
    ...ofRoot(xml, 'unattend', UNATTEND, true),
    ...xml.elements.filter(isBelow('unattend', 'settings')).flatMap(ofPass),
    ...xml.elements.filter(isBelow('unattend/settings', 'component')).flatMap(ofComponent),
  ];
}

function isBelow(path: string, name: string): (element: XmlElement) => boolean {
  return (element) => element.name === name && element.path.join('/') === path;
}

function ofPass(settings: XmlElement): Found[] {
  const pass = settings.attribute('pass');
  if (pass !== undefined && PASSES.includes(pass)) return [];
  return [error(settings, pass === undefined ? sentences.passMissing(PASSES) : sentences.unknownPass(pass, PASSES))];
}

function ofComponent(component: XmlElement): Found[] {
  const missing = COMPONENT_NEEDS.filter((name) => component.attribute(name) === undefined);
  if (missing.length === 0) return [];
  return [error(component, sentences.incompleteComponent(missing))];
}
