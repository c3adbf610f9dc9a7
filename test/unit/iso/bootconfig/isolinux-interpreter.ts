/**
 * Isolinux, run: an interpreter of its configuration language, written after syslinux' documentation and readconfig.c without a look at
 * the product. It pastes included files into one list of lines, then runs these as a machine with a few registers.
 */

interface Pasted {
  readonly text: string;
  /** `file:line` of the line. */
  readonly at: string;
}

/** A command line that a label, a default or a timer gives isolinux to run. */
export interface Run {
  readonly words: readonly string[];
  /** Where the line stands, and the label that it names. */
  readonly at: readonly string[];
}

interface Registers {
  append: string;
  ui: string;
  standard: string;
  startAt: string;
  readonly others: Run[];
  readonly errors: Run[];
  readonly labels: Map<string, Run>;
  readonly runs: Run[];
  current:
    { name: string; at: string; program: string; append: string | undefined; initrd: string; menu: boolean; appendAt: string } | undefined;
}

export type Tree = Readonly<Record<string, string>>;

/** Every command line that can be run from a configuration on, menus of menus included. */
export function runIsolinux(tree: Tree, config: string, folder: string): Run[] {
  const done = new Set<string>();
  const all: Run[] = [];
  const boot = (configs: readonly string[], main: string, cwd: string, inMenu: boolean): void => {
    const job = `${configs.join()} ${main} ${cwd} ${inMenu}`;
    if (done.has(job)) return;
    done.add(job);
    for (const run of runsOf(configs.flatMap((name) => paste(tree, name, cwd, inMenu)))) {
      all.push(run);
      const [program = '', ...args] = run.words;
      if (program.endsWith('menu.c32')) boot(args.length > 0 ? args.map((name) => path(cwd, name)) : [main], main, cwd, true);
      if (program !== '.config') continue;
      const next = path(cwd, args[0] ?? '');
      boot([next], next, args[1] === undefined ? cwd : path(cwd, args[1]), false);
    }
  };
  boot([config], config, folder, false);
  return all;
}

function path(cwd: string, name: string): string {
  return name.startsWith('/') ? name : `${cwd}/${name}`.replaceAll('//', '/');
}

function paste(tree: Tree, name: string, cwd: string, inMenu: boolean): Pasted[] {
  const text = tree[name];
  if (text === undefined) return [];
  const lines = text
    .replace(/^[ \t]*text\b[^]*?^[ \t]*endtext[^\n]*$/gim, (help) => help.replace(/[^\n]/g, ''))
    .split('\n')
    .map((line) => line.replace('\r', '').trim());
  return lines.flatMap((line, index): Pasted[] => {
    const at = `${name}:${index + 1}`;
    const found = /^(menu\s+)?include\s+(\S+)\s*(\S.*)?$/i.exec(line);
    if (!found) return [{ text: line, at }];
    const inside = paste(tree, path(cwd, found[2] ?? ''), cwd, inMenu);
    const own = found[3] !== undefined && (inMenu || found[1] !== undefined) && tree[path(cwd, found[2] ?? '')] !== undefined;
    return own ? [{ text: 'menu begin', at }, ...inside, { text: 'menu end', at }] : inside;
  });
}

function runsOf(lines: readonly Pasted[]): Run[] {
  const registers: Registers = {
    append: '',
    ui: '',
    standard: '',
    startAt: '',
    others: [],
    errors: [],
    labels: new Map<string, Run>(),
    runs: [],
    current: undefined,
  };
  for (const line of lines) step(registers, line);
  close(registers);
  const first = words(registers.ui || registers.standard);
  const expanded = ({ words: command, at }: Run): Run => {
    const label = registers.labels.get(command[0] ?? '');
    return label ? { words: [...label.words, ...command.slice(1)], at: [...at, ...label.at] } : { words: command, at };
  };
  const start: Run[] = first.length > 0 ? [expanded({ words: first, at: [registers.startAt] })] : [];
  const others = registers.others.map(expanded);
  const errors = registers.errors.map((run) => expanded({ ...run, words: [...run.words, ...first] }));
  return [...registers.runs, ...start, ...others, ...errors];
}

function step(registers: Registers, { text, at }: Pasted): void {
  const [, key = '', value = ''] = /^(\S*)\s*(.*)$/.exec(text) ?? [];
  const directive = key.toLowerCase();
  if (!registers.current || !ofLabel(registers.current, directive, value, at)) ofConfig(registers, directive, value, at);
}

/** Directives of the label that is open; false for all others. */
function ofLabel(label: NonNullable<Registers['current']>, directive: string, value: string, at: string): boolean {
  switch (directive) {
    case 'append':
      Object.assign(label, { append: value, appendAt: at });
      return true;
    case 'initrd':
      label.initrd = ` initrd=${value}`;
      return true;
    case 'kernel':
    case 'com32':
      label.program = value;
      return true;
    case 'linux':
    case 'config':
    case 'localboot':
      label.program = `.${directive} ${value}`;
      return true;
    default:
      return false;
  }
}

function ofConfig(registers: Registers, directive: string, value: string, at: string): void {
  switch (directive) {
    case 'label':
      close(registers);
      registers.current = {
        name: words(value)[0] ?? '',
        at,
        program: words(value)[0] ?? '',
        append: undefined,
        initrd: '',
        menu: false,
        appendAt: at,
      };
      break;
    case 'append':
      registers.append = value;
      break;
    case 'default':
      registers.standard = value;
      if (registers.ui === '') registers.startAt = at;
      break;
    case 'ui':
      registers.ui = value;
      registers.startAt = at;
      break;
    case 'ontimeout':
      registers.others.push({ words: words(value), at: [at] });
      break;
    case 'onerror':
      registers.errors.push({ words: words(value), at: [at] });
      break;
    case 'menu':
      menu(registers, value, at);
      break;
    default:
  }
}

function menu(registers: Registers, value: string, at: string): void {
  const [key = '', ...rest] = words(value);
  if (/^(?:begin|end|separator)$/i.test(key)) close(registers);
  else if (/^(?:goto|exit|quit)$/i.test(key) && registers.current) registers.current.menu = true;
  else if (/^hiddenkey$/i.test(key) && rest.length > 1) registers.others.push({ words: rest.slice(1), at: [at] });
}

function close(registers: Registers): void {
  const { current } = registers;
  registers.current = undefined;
  if (!current) return;
  if (current.menu) {
    if (!registers.labels.has(current.name)) registers.labels.set(current.name, { words: ['.menu'], at: [current.at] });
    return;
  }
  const append = current.append ?? registers.append;
  const run = { words: words(`${current.program} ${append === '-' ? '' : append}${current.initrd}`), at: [current.at, current.appendAt] };
  if (!registers.labels.has(current.name)) registers.labels.set(current.name, run);
  registers.runs.push(run);
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
