import { autocompletion, completionKeymap, type Completion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { nextDiagnostic } from '@codemirror/lint';
import type { Extension } from '@codemirror/state';
import {
  Decoration,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  MatchDecorator,
  ViewPlugin,
  type DecorationSet,
  type ViewUpdate,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import type { ConfigFormat } from '../../../contract/inventory.ts';
import type { TemplateField } from './template-fields.ts';

/** Everything from the page's own tokens, so that light and dark need nothing of their own. */
const LOOK = EditorView.theme({
  '&': { height: '100%', color: 'var(--ink)', backgroundColor: 'var(--ground)', fontSize: 'var(--text)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '20px' },
  '.cm-content': { caretColor: 'var(--ink)', padding: '8px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)', borderLeftWidth: '2px' },
  '.cm-gutters': { backgroundColor: 'var(--ground)', color: 'var(--quiet)', border: 'none', paddingLeft: '8px' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--raised) 70%, transparent)' },
  '.cm-activeLineGutter': { backgroundColor: 'var(--raised)', color: 'var(--ink)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground, .cm-content ::selection': {
    backgroundColor: 'color-mix(in srgb, var(--accent) 35%, transparent)',
  },
  '.cm-matchingBracket': { backgroundColor: 'var(--line)', outline: 'none' },
  '.cm-field': { color: 'var(--accent-text)', fontWeight: '500' },
  '.cm-field *': { color: 'inherit' },
  '.cm-field-unknown': { color: 'var(--failed)', textDecoration: 'underline wavy' },
  '.cm-tooltip': { border: '1px solid var(--line)', borderRadius: '6px', backgroundColor: 'var(--ground)', color: 'var(--ink)' },
  '.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--accent)', color: 'var(--on-accent)' },
  // The package draws its waves with images that the page's policy refuses.
  '.cm-lintRange': { backgroundImage: 'none !important', paddingBottom: '0' },
  '.cm-lintRange-error': { textDecoration: 'underline wavy var(--failed)' },
  '.cm-lintRange-warning': { textDecoration: 'underline wavy var(--needs)' },
  '.cm-lintRange-active': { backgroundColor: 'color-mix(in srgb, var(--accent) 25%, transparent)' },
  '.cm-diagnostic': { fontFamily: 'var(--words)', fontSize: 'var(--small)', padding: '4px 8px', borderLeft: 'none' },
  '.cm-completionDetail': { fontFamily: 'var(--words)', fontStyle: 'normal', marginLeft: '16px' },
});

const COLOURS = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--ink)', fontWeight: '500' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--ready)' },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: 'var(--working)' },
  { tag: tags.comment, color: 'var(--quiet)' },
  { tag: [tags.punctuation, tags.separator, tags.bracket, tags.meta], color: 'var(--quiet)' },
]);

export interface EditorOptions {
  readonly format: ConfigFormat;
  readonly file: string;
  readonly fields: () => readonly TemplateField[];
  readonly onText: (text: string) => void;
  readonly readOnly?: boolean;
}

const MAY_LEAVE_MS = 2000;

/** Tab indents; Esc and then Tab leaves the editor. */
export function editorSetup({ format, file, fields, onText }: EditorOptions): Extension[] {
  return [
    lineNumbers(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    history(),
    indentOnInput(),
    indentUnit.of('  '),
    bracketMatching(),
    autocompletion({ override: [(context) => completeField(context, fields())], icons: false }),
    languageOf(format, file),
    syntaxHighlighting(COLOURS),
    fieldMarks(fields),
    LOOK,
    keymap.of([{ key: 'F8', run: nextDiagnostic }, ...completionKeymap, ...defaultKeymap, ...historyKeymap, indentWithTab]),
    // CodeMirror does so itself, but not where Esc closed a list of completions, or one that was about to open.
    EditorView.domEventObservers({ keydown: ({ key }, view) => (key === 'Escape' ? view.setTabFocusMode(MAY_LEAVE_MS) : undefined) }),
    EditorView.contentAttributes.of({ 'aria-label': `Text of ${file}`, spellcheck: 'false', autocapitalize: 'off' }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) onText(update.state.doc.toString());
    }),
  ];
}

function languageOf(format: ConfigFormat, file: string): Extension {
  if (format === 'ignition' || /\.(json|ign)$/i.test(file)) return json();
  if (format === 'autoinstall' || /\.ya?ml$/i.test(file)) return yaml();
  return [];
}

/** `{{ host.name }}` stands out, and one that no host could fill is underlined. */
function fieldMarks(fields: () => readonly TemplateField[]): Extension {
  const known = Decoration.mark({ class: 'cm-field' });
  const unknown = Decoration.mark({ class: 'cm-field-unknown' });
  const matcher = new MatchDecorator({
    regexp: /\\\{\{|\{\{\s*([A-Za-z_][A-Za-z0-9_.]*)?\s*(?:\}\})?/g,
    decoration: ([token, field]) => {
      if (token === '\\{{') return null;
      const closed = token.endsWith('}}');
      return closed && field !== undefined && (field.startsWith('host.vars.') || fields().some(({ name }) => name === field))
        ? known
        : unknown;
    },
  });
  return ViewPlugin.fromClass(
    class {
      marks: DecorationSet;
      constructor(view: EditorView) {
        this.marks = matcher.createDeco(view);
      }
      update(update: ViewUpdate): void {
        this.marks = matcher.updateDeco(update, this.marks);
      }
    },
    { decorations: ({ marks }) => marks },
  );
}

function completeField(context: CompletionContext, fields: readonly TemplateField[]): CompletionResult | null {
  const typed = context.matchBefore(/\{\{\s*[A-Za-z0-9_.]*/);
  if (!typed || typed.text.startsWith('\\')) return null;
  const from = typed.from + (/^\{\{\s*/.exec(typed.text)?.[0].length ?? 2);
  const options = fields.map(({ name, meaning }): Completion => ({
    label: name,
    detail: meaning,
    apply: (view, _pick, start, end) => applyField(view, name, start, end),
  }));
  return { from, options, validFor: /^[A-Za-z0-9_.]*$/ };
}

/** Closes the braces unless they are closed already. */
function applyField(view: EditorView, name: string, from: number, to: number): void {
  const before = view.state.sliceDoc(from - 1, from) === ' ' ? '' : ' ';
  const after = /^\s*\}\}/.test(view.state.sliceDoc(to, to + 4)) ? '' : ' }}';
  const insert = before + name + after;
  view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length } });
}
