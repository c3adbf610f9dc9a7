/**
 * GRUB's scripts, run: an interpreter of a part of the language, written after GRUB's manual without a look at the product. It works on
 * text: each round takes the first command off the script, replaces its variables and does it, as a shell would. `if` takes one branch.
 */
export type Tree = Readonly<Record<string, string>>;

interface State {
  readonly variables: Map<string, string>;
  readonly functions: Map<string, string>;
  readonly entries: { readonly body: string; readonly args: readonly string[] }[];
  readonly kernels: string[][];
}

/** The words that each kernel gets when every entry is chosen, one after the other; `truth` decides what `if` finds. */
export function runGrub(tree: Tree, start: string, truth: boolean): string[][] {
  const state: State = { variables: new Map([['prefix', '/boot/grub']]), functions: new Map(), entries: [], kernels: [] };
  const run = (script: string, args: readonly string[]): void => {
    let rest = script;
    for (;;) {
      rest = rest.replace(/^[\s;]+/, '');
      if (rest === '') return;
      const taken = take(rest);
      rest = rest.slice(taken.length);
      perform(taken, args);
    }
  };
  const perform = (command: string, args: readonly string[]): void => {
    const block = /^(menuentry|submenu|function)\s+([^]*?)\{([^]*)\}$/.exec(command);
    if (block) {
      const [, kind, head = '', body = ''] = block;
      if (kind === 'function') state.functions.set(head.trim(), body);
      else state.entries.push({ body, args: fields(head, state.variables, args) });
      return;
    }
    const branch = /^if [^;\n]*[;\n]\s*then\s([^]*?)(?:\selse\s([^]*?))?\sfi$/.exec(command);
    if (branch) {
      run((truth ? branch[1] : branch[2]) ?? '', args);
      return;
    }
    const loop = /^for (\w+) in ([^;\n]*)[;\n]\s*do\s([^]*)\sdone$/.exec(command);
    if (loop) {
      for (const value of fields(loop[2] ?? '', state.variables, args)) {
        state.variables.set(loop[1] ?? '', value);
        run(loop[3] ?? '', args);
      }
      return;
    }
    simple(fields(command, state.variables, args), args);
  };
  const simple = ([name = '', ...rest]: readonly string[], args: readonly string[]): void => {
    const assigned = /^(\w+)=([^]*)$/.exec(name === 'set' ? (rest[0] ?? '') : name);
    if (assigned) state.variables.set(assigned[1] ?? '', assigned[2] ?? '');
    else if (name === 'linux') state.kernels.push(rest);
    else if (name === 'eval') run(rest.join(' '), args);
    else if (name === 'source') run(tree[rest[0] ?? ''] ?? '', args);
    else if (state.functions.has(name)) run(state.functions.get(name) ?? '', rest);
  };
  run(tree[start] ?? '', []);
  for (const { body, args } of state.entries) run(body, args);
  return state.kernels;
}

/** Quoted text, a variable in braces, or one character. */
const TOKEN = /'[^']*'?|"(?:\\[^]|[^"\\])*"?|\$\{[^}]*\}|[^]/g;

/** The first command of a script, with its braces and up to its `fi` or `done`. */
function take(script: string): string {
  const compound = /^(?:if|for)\b/.exec(script)?.[0];
  if (compound !== undefined) return script.slice(0, script.indexOf(compound === 'if' ? '\nfi' : '\ndone') + (compound === 'if' ? 3 : 5));
  let depth = 0;
  for (const { 0: token, index } of script.matchAll(TOKEN)) {
    if (token === '{') depth += 1;
    else if (token === '}' && depth > 0) {
      depth -= 1;
      if (depth === 0) return script.slice(0, index + 1);
    } else if (depth === 0 && (token === ';' || token === '\n')) return script.slice(0, index);
  }
  return script;
}

/** A command's words, with variables replaced; outside of quotes they fall apart at blanks. */
function fields(text: string, variables: ReadonlyMap<string, string>, args: readonly string[]): string[] {
  const value = (name: string): string => (/^\d+$/.test(name) ? (args[Number(name) - 1] ?? '') : (variables.get(name) ?? ''));
  const found: string[] = [];
  for (const [word] of text.matchAll(/(?:'[^']*'|"(?:\\[^]|[^"\\])*"|\\[^]|[^\s'"\\])+/g)) {
    if (word === '$@') {
      found.push(...args);
      continue;
    }
    const whole = /^\$(\w+)$/.exec(word)?.[1];
    if (whole !== undefined) {
      found.push(
        ...value(whole)
          .split(' ')
          .filter((part) => part !== ''),
      );
      continue;
    }
    let built = '';
    let begun = false;
    for (const [piece] of word.matchAll(/'[^']*'|"(?:\\[^]|[^"\\])*"|\\[^]|\$\w+|[^'"\\$]+/g)) {
      if (piece.startsWith('$')) {
        built += value(piece.slice(1));
        continue;
      }
      begun = true;
      if (piece.startsWith("'")) built += piece.slice(1, -1);
      else if (piece.startsWith('"'))
        built += piece.slice(1, -1).replace(/\\([$"\\])|\$(\w+)/g, (_all, escaped?: string, name?: string) => escaped ?? value(name ?? ''));
      else built += piece.startsWith('\\') ? piece.slice(1) : piece;
    }
    if (built !== '' || begun) found.push(built);
  }
  return found;
}
