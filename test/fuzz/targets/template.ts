import { BootbenchError } from '../../../contract/errors.ts';
import { renderTemplate, type TemplateFields } from '../../../main-services/config/template.ts';
import { maskFields } from '../../../main-services/config/lint/mask.ts';
import { must, type Target } from '../engine/target.ts';

const VALUE = 'a value with {{ host.name }} in it';
const FIELDS: TemplateFields = new Map([
  ['host.name', VALUE],
  ['host.ip', '192.0.2.1'],
  ['host.netmask', undefined],
  ['host.vars.disk', ''],
]);

/** A config as a template: what is filled in is never filled again, and errors name a place that exists. */
export const target: Target = {
  maxLength: 65_536,
  words: ['{{ host.name }}', '{{host.ip}}', '{{ host.netmask }}', '{{ host.vars.disk }}', '\\{{', '{{', '}}', '\r\n'],
  seeds: () =>
    ['hostname {{ host.name }}\nip {{host.ip}} \\{{ x }}\n', '{{ host.vars.disk }}{{ host.nam }}', '{{ host.netmask }}'].map((text) =>
      Buffer.from(text),
    ),
  run: (input) => {
    const text = Buffer.from(input).toString('utf8');
    must(maskFields(text).masked.length === text.length, 'masking keeps every column');
    try {
      const rendered = renderTemplate(text, FIELDS, 'ks.cfg');
      must(rendered.length <= text.length * (VALUE.length / '{{host.ip}}'.length + 1), 'the output is linear in the input');
    } catch (error) {
      if (!(error instanceof BootbenchError) || error.code !== 'E_TEMPLATE_FIELD') throw error;
      const { place } = error.details ?? {};
      const line = text.split('\n')[(place?.line ?? 0) - 1];
      must(line?.startsWith('{{', (place?.column ?? 0) - 1) === true, 'the place of the error is where a field begins');
    }
  },
};
