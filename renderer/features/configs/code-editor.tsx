import { setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { useEffect, useImperativeHandle, useRef, type KeyboardEvent, type Ref } from 'react';
import type { ConfigFormat } from '../../../contract/inventory.ts';
import type { LintFinding } from '../../../contract/views.ts';
import { editorSetup } from './editor-setup.ts';
import type { TemplateField } from './template-fields.ts';

export interface EditorHandle {
  insert(text: string): void;
  /** Line and column from 1. */
  jumpTo(line: number, column: number): void;
}

interface Props {
  ref?: Ref<EditorHandle>;
  format: ConfigFormat;
  file: string;
  text: string;
  fields: readonly TemplateField[];
  /** Of all files; undefined while they are not known. */
  findings: readonly LintFinding[] | undefined;
  onText: (text: string) => void;
}

/**
 * CodeMirror in a shadow root: there it keeps its styles in adopted style sheets, while in the document it would write a style
 * element, which the page's policy refuses.
 */
export function CodeEditor({ ref, format, file, text, fields, findings, onText }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView>(undefined);
  const latest = useRef({ fields, onText, text });
  useEffect(() => {
    latest.current = { fields, onText, text };
  });

  useEffect(() => {
    if (!host.current) return;
    const root = host.current.shadowRoot ?? host.current.attachShadow({ mode: 'open' });
    const extensions = editorSetup({
      format,
      file,
      fields: () => latest.current.fields,
      onText: (next) => latest.current.onText(next),
    });
    const view = new EditorView({ state: EditorState.create({ doc: latest.current.text, extensions }), parent: root, root });
    editor.current = view;
    return () => {
      editor.current = undefined;
      view.destroy();
    };
  }, [format, file]);

  // What came from elsewhere replaces the text; what was typed here is there already.
  useEffect(() => {
    const view = editor.current;
    if (view && view.state.doc.toString() !== text) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
  }, [text]);

  useEffect(() => {
    const view = editor.current;
    if (view && findings) view.dispatch(setDiagnostics(view.state, diagnosticsIn(view.state, file, findings)));
  }, [findings, format, file]);

  useImperativeHandle(ref, () => ({
    insert: (words) => insert(editor.current, words),
    jumpTo: (line, column) => jump(editor.current, line, column),
  }));

  return <div ref={host} className="code-editor" onKeyDown={keepKeys} />;
}

/** Letters, / and Esc belong to the text; the window's own keys would take them. */
function keepKeys(event: KeyboardEvent): void {
  if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
}

function insert(view: EditorView | undefined, words: string): void {
  if (!view) return;
  view.dispatch(view.state.replaceSelection(words));
  view.focus();
}

function jump(view: EditorView | undefined, line: number, column: number): void {
  if (!view) return;
  const found = view.state.doc.line(Math.min(line, view.state.doc.lines));
  const anchor = Math.min(found.from + column - 1, found.to);
  view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) });
  view.focus();
}

/** Each from its column to the end of its line; from the first letter of the line where no column is told. */
function diagnosticsIn({ doc }: EditorState, file: string, findings: readonly LintFinding[]): Diagnostic[] {
  return findings
    .filter((finding) => finding.file === file)
    .map(({ line, column, severity, message: text }) => {
      const found = doc.line(Math.min(line, doc.lines));
      const indent = found.text.length - found.text.trimStart().length;
      const from = Math.min(found.from + (column === undefined ? indent : column - 1), found.to);
      return { from, to: found.to, severity, message: text };
    });
}
