/** One thing wrong with a configuration file, as people and scripts see it. */
import { UserError } from '../core/errors.ts';
import { locate, type Path, type Tree } from './tree.ts';

export interface Problem {
  readonly file: string;
  /** 1-based */
  readonly line: number;
  readonly column: number;
  /** `checks.orders.left.key[0]`, or `(yaml)` and `(whole file)` where no setting can be named */
  readonly path: string;
  /** what is wrong */
  readonly message: string;
  /** what to do */
  readonly fix: string;
  /** the nearest valid name, or null */
  readonly suggestion: string | null;
}

export interface ProblemAt {
  readonly path: Path;
  /** which end of the entry to point at; the value unless told */
  readonly part?: 'key' | 'value';
  readonly message: string;
  readonly fix: string;
  readonly suggestion?: string | null;
}

/** Thrown when a file cannot be used; lists every problem. */
export class ConfigError extends UserError {
  override name = 'ConfigError';
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }
}

/** `file:line:column path: what is wrong; what to do. Did you mean "x"?` */
export function formatProblem(problem: Problem): string {
  const { file, line, column, path, message, fix, suggestion } = problem;
  const meant = suggestion === null ? '' : ` Did you mean "${suggestion}"?`;
  return `${file}:${String(line)}:${String(column)} ${path}: ${message}; ${fix}.${meant}`;
}

export function pathText(path: Path): string {
  if (path.length === 0) return '(whole file)';
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${String(step)}]`;
    if (mayHoldSecret(step)) return `${text}[…]`;
    if (!/^[\p{L}_][\p{L}\p{N}_-]*$/u.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}

/** A slip of the pen makes a key or a name of a URL and its password. */
export function mayHoldSecret(text: string): boolean {
  return text.length > 80 || /:\/\/|.@/.test(text);
}

/** By position, then path, then message. */
export function sorted(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort(
    (a, b) =>
      a.line - b.line ||
      a.column - b.column ||
      compareText(a.path, b.path) ||
      compareText(a.message, b.message),
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Gathers the problems of one file. */
export class Problems {
  readonly #file: string;
  readonly #tree: Tree;
  readonly #found: { readonly path: Path; readonly problem: Problem }[] = [];

  constructor(file: string, tree: Tree) {
    this.#file = file;
    this.#tree = tree;
  }

  add({ path, part = 'value', message, fix, suggestion = null }: ProblemAt): void {
    const at = locate(this.#tree, path, part);
    const problem = { file: this.#file, ...at, path: pathText(path), message, fix, suggestion };
    this.#found.push({ path, problem });
  }

  /** Whether something is wrong at the path or below it. */
  touch(path: Path): boolean {
    return this.#found.some(({ path: other }) => path.every((step, i) => step === other[i]));
  }

  list(): readonly Problem[] {
    return sorted(this.#found.map(({ problem }) => problem));
  }
}
