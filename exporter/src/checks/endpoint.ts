/** What an endpoint of a service must answer, and what is wrong with an answer. Pure. */
import { Type, type Static } from 'typebox';
import { DURATION_PATTERN, durationMs } from '../core/duration.ts';
import { POINTER_PATTERN, valueAt } from '../core/pointer.ts';
import type { Value } from '../core/value.ts';
import type { Disagreement } from '../core/violation.ts';
import type { ServiceAnswer, ServiceFailure } from '../sources/source.ts';
import { hide } from './comparison.ts';
import type { SpecProblem } from './kind.ts';

const strict = { additionalProperties: false } as const;
const Scalar = Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]);

const Body = Type.Object(
  {
    contains: Type.Optional(Type.String({ minLength: 1, description: 'A text that must be in it' })),
    pointer: Type.Optional(
      Type.String({ pattern: POINTER_PATTERN, description: 'A place in JSON, such as /status' }),
    ),
    equals: Type.Optional(Scalar),
  },
  {
    ...strict,
    description: 'What the answer must hold: { contains: text }, or { pointer: /status, equals: ok }',
  },
);
type Body = Static<typeof Body>;

export const Endpoint = Type.Object(
  {
    path: Type.String({
      pattern: '^/(?!/)[^#\\s]*$',
      description: 'Behind the url of the source; begins with /',
    }),
    name: Type.Optional(
      Type.String({ minLength: 1, description: 'What to call it; the path without its query unless given' }),
    ),
    method: Type.Optional(
      Type.Union([Type.Literal('GET'), Type.Literal('HEAD')], { default: 'GET', description: 'GET or HEAD' }),
    ),
    status: Type.Optional(
      Type.Integer({
        minimum: 100,
        maximum: 599,
        default: 200,
        description: 'Status that it must answer with',
      }),
    ),
    body: Type.Optional(Body),
    within: Type.Optional(
      Type.String({ pattern: DURATION_PATTERN, description: 'How long an answer may take' }),
    ),
    timeout: Type.Optional(
      Type.String({
        pattern: DURATION_PATTERN,
        default: '10s',
        description: 'After this there is no answer',
      }),
    ),
    tlsDays: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Days that its certificate must be good for at least' }),
    ),
    redirects: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 20, default: 0, description: 'How many redirects to follow' }),
    ),
    login: Type.Optional(
      Type.Boolean({ default: true, description: 'false: ask without the token of the source' }),
    ),
  },
  strict,
);
export type Endpoint = Static<typeof Endpoint>;

const DAY_MS = 86_400_000;
/** Longer texts out of an answer are cut. */
const MAX_TEXT = 200;

export interface Answered {
  readonly endpoint: Endpoint;
  readonly answer: ServiceAnswer;
}

export function nameOf({ name, path }: Endpoint): string {
  return name ?? withoutQuery(path);
}

/** A query may hold what is no name, and even a secret. */
function withoutQuery(path: string): string {
  return path.replace(/\?.*$/s, '');
}

/** The first thing that is wrong; null when nothing is. @param redacted hide what was found in the body */
export function judge({ endpoint, answer }: Answered, redacted: boolean): Disagreement | null {
  const name = nameOf(endpoint);
  const wrong = (kind: string, found: Value, expected: Value): Disagreement => ({
    ...{ kind, key: [name], left: [found], right: [expected] },
  });
  const { status = 200, body, within, tlsDays } = endpoint;
  if (answer.failure !== null) {
    const { reason, message } = answer.failure;
    return wrong(
      FAILURE_KINDS[reason] ?? 'unreachable',
      message,
      reason === 'redirect' ? status : 'an answer',
    );
  }
  if (answer.status !== status) return wrong('status', answer.status, status);
  const found = body ? foundIn(answer.body, body) : null;
  if (body && found !== null) return wrong('body', hide(found, redacted), expectedOf(body));
  if (within !== undefined && answer.tookMs > durationMs(within))
    return wrong('slow', Math.ceil(answer.tookMs), durationMs(within));
  const days = daysLeft(answer);
  if (tlsDays !== undefined && (days ?? 0) < tlsDays) return wrong('tls_expiry', days, tlsDays);
  return null;
}

const FAILURE_KINDS: Readonly<Partial<Record<ServiceFailure['reason'], string>>> = {
  redirect: 'status',
  too_large: 'body',
};

export function daysLeft({ certificateMs }: ServiceAnswer): number | null {
  return certificateMs === null ? null : Math.floor(certificateMs / DAY_MS);
}

/** What stands there instead; null when the answer is as it should be. */
function foundIn(text: string, { contains, pointer = '', equals }: Body): Value {
  if (contains !== undefined) return text.includes(contains) ? null : 'without that text';
  const value = valueAt(text, pointer);
  if (value === equals) return null;
  if (value === undefined) return 'nothing at that place, or no JSON';
  if (typeof value === 'string') return value.slice(0, MAX_TEXT);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : 'an object';
}

function expectedOf({ contains, equals = null }: Body): Value {
  return contains === undefined ? equals : `with ${JSON.stringify(contains)}`;
}

export function requestLine({ method = 'GET', path }: Endpoint): string {
  return `${method} ${withoutQuery(path)}`;
}

export function expectations({
  status = 200,
  body,
  within,
  tlsDays,
  redirects = 0,
  login = true,
}: Endpoint): string[] {
  return [
    `answers with status ${String(status)}`,
    ...(body ? [bodyText(body)] : []),
    ...(within === undefined ? [] : [`within ${within}`]),
    ...(tlsDays === undefined ? [] : [`under a certificate that is good for ${String(tlsDays)} days`]),
    ...(redirects === 0 ? [] : [`after ${String(redirects)} redirects at most`]),
    ...(login ? [] : ['without a log-in']),
  ];
}

function bodyText({ contains, pointer = '', equals }: Body): string {
  if (contains !== undefined) return `with ${JSON.stringify(contains)} in its body`;
  return `with ${JSON.stringify(equals)} at ${pointer || 'the root'} of its body`;
}

function asksOneThing({ contains, pointer, equals }: Body): boolean {
  const byPlace = [pointer, equals].filter((part) => part !== undefined).length;
  return contains === undefined ? byPlace === 2 : byPlace === 0;
}

export function endpointProblems(endpoint: Endpoint, i: number, names: readonly string[]): SpecProblem[] {
  const { name, method, body, within, timeout = '10s' } = endpoint;
  const found: SpecProblem[] = [];
  const own = nameOf(endpoint);
  if (names.indexOf(own) < i) {
    const path = ['endpoints', i, name === undefined ? 'path' : 'name'];
    found.push({ path, message: `another endpoint is called "${own}"`, fix: 'Give each a name of its own' });
  }
  if (body && !asksOneThing(body)) {
    const message = 'must have either contains, or pointer and equals';
    found.push({ path: ['endpoints', i, 'body'], message, fix: 'Write one of the two' });
  }
  if (method === 'HEAD' && body) {
    const fix = 'Ask with GET, or leave body out';
    found.push({ path: ['endpoints', i, 'body'], message: 'an answer to HEAD has no body', fix });
  }
  if (within !== undefined && durationMs(within) >= durationMs(timeout)) {
    const message = `is not shorter than the time after which there is no answer (timeout, ${timeout})`;
    found.push({ path: ['endpoints', i, 'within'], message, fix: 'Make it shorter, or timeout longer' });
  }
  return found;
}
