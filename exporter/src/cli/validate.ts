/** `lockstep validate`: every problem of a file; with `--connect`, what its sources say to it as well. */
import { CHECK_KINDS } from '../checks/register.ts';
import type { Finding } from '../checks/kind.ts';
import type { Config } from '../config/config.ts';
import type { Environment } from '../config/interpolate.ts';
import { parseConfig, readConfigFile } from '../config/load.ts';
import { ConfigError, formatProblem, type Problem } from '../config/problem.ts';
import { ENGINES } from '../sources/register.ts';
import { inspectCheck, inspectMender, inspectSource } from './inspection.ts';
import { menderOf, openSources } from './sources.ts';

export interface ValidateOptions {
  readonly connect: boolean;
  readonly json: boolean;
}

/** What a source or a check was found to be. */
interface Inspected {
  readonly subject: 'source' | 'check';
  readonly name: string;
  readonly findings: readonly Finding[];
}

/** Prints the verdict. Exit codes: 0 valid, warnings or not; 2 problems. */
export async function validateCommand(file: string, options: ValidateOptions): Promise<number> {
  const { exitCode, text } = await validate(file, options, process.env);
  process.stdout.write(text);
  return exitCode;
}

export async function validate(
  file: string,
  { connect, json }: ValidateOptions,
  env: Environment,
): Promise<{ readonly exitCode: 0 | 2; readonly text: string }> {
  const parsed = parse(file, env);
  if ('problems' in parsed) {
    const { problems } = parsed;
    return { exitCode: 2, text: json ? toJson(file, problems, []) : problemsText(file, problems) };
  }
  const inspected = together([
    ...general(parsed.config),
    ...(connect ? await inspectAll(parsed.config) : []),
  ]);
  const wrong = inspected.some(({ findings }) => findings.some(({ level }) => level === 'problem'));
  const text = json ? toJson(file, [], inspected) : verdictText(parsed.config, inspected, wrong);
  return { exitCode: wrong ? 2 : 0, text };
}

function parse(file: string, env: Environment): ReturnType<typeof parseConfig> {
  try {
    return parseConfig(file, readConfigFile(file), { kinds: CHECK_KINDS, engines: ENGINES }, env);
  } catch (error) {
    if (error instanceof ConfigError) return { problems: error.problems };
    throw error;
  }
}

function general(config: Config): readonly Inspected[] {
  const used = new Set(config.checks.flatMap((check) => check.sources));
  return config.sources
    .filter(({ name }) => !used.has(name))
    .map(({ name }): Inspected => {
      const finding: Finding = { level: 'warning', message: 'no check looks at this source' };
      return { subject: 'source', name, findings: [finding] };
    });
}

/** One entry for each subject. */
function together(all: readonly Inspected[]): readonly Inspected[] {
  const bySubject = new Map<string, Inspected>();
  for (const one of all) {
    const id = `${one.subject} ${one.name}`;
    const before = bySubject.get(id)?.findings ?? [];
    bySubject.set(id, { ...one, findings: [...before, ...one.findings] });
  }
  return [...bySubject.values()];
}

async function inspectAll(config: Config): Promise<readonly Inspected[]> {
  const sources = openSources(config);
  try {
    const unreachable = new Set<string>();
    const inspected: Inspected[] = [];
    for (const [name, source] of sources) {
      const findings = await inspectSource(source);
      if (findings.some(({ level }) => level === 'problem')) unreachable.add(name);
      inspected.push({ subject: 'source', name, findings });
    }
    // one after the other: each may count the keys of a large table
    for (const check of config.checks) {
      const kind = CHECK_KINDS[check.kind];
      if (!kind) continue;
      const findings = await inspectCheck(check, kind, sources, unreachable);
      const mender = menderOf(config, check);
      const writing = mender ? await inspectMender(mender) : [];
      inspected.push({ subject: 'check', name: check.name, findings: [...findings, ...writing] });
    }
    return inspected;
  } finally {
    await Promise.all([...sources.values()].map((source) => source.close()));
  }
}

function problemsText(file: string, problems: readonly Problem[]): string {
  const lines = problems.map((problem) => `${formatProblem(problem)}\n`).join('');
  return `${lines}\n${file} has ${counted(problems.length, 'problem')}\n`;
}

function verdictText(config: Config, inspected: readonly Inspected[], wrong: boolean): string {
  const sections = inspected.map(({ subject, name, findings }) =>
    [`${subject} ${name}`, ...findings.map(findingText), ''].join('\n'),
  );
  const size = `${counted(config.sources.length, 'source')}, ${counted(config.checks.length, 'check')}`;
  const nothing = config.checks.length === 0 ? '; without a check nothing is looked at' : '';
  const verdict = wrong
    ? 'is well-formed, but does not fit its sources; see above'
    : `is valid (${size})${nothing}`;
  return [...sections, `${config.file} ${verdict}`, ''].join('\n');
}

const LABELS = { ok: 'ok      ', warning: 'warning ', problem: 'problem ' } as const;

function findingText({ level, message }: Finding): string {
  return `  ${LABELS[level]} ${message.replaceAll('\n', `\n${' '.repeat(11)}`)}`;
}

function toJson(file: string, problems: readonly Problem[], inspected: readonly Inspected[]): string {
  const valid =
    problems.length === 0 && !inspected.some((one) => one.findings.some((f) => f.level === 'problem'));
  return `${JSON.stringify({ file, valid, problems, inspected }, null, 2)}\n`;
}

function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}
