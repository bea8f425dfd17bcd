/** Grafana as the plugin meets it at run time: its proxy, its variables, who is signed in. For tests. */
import type { ScopedVars } from '@grafana/data';
import {
  type BackendSrv,
  type BackendSrvRequest,
  config,
  type FetchResponse,
  setBackendSrv,
  setTemplateSrv,
  type TemplateSrv,
} from '@grafana/runtime';
import { from, type Observable } from 'rxjs';

export const PROXY = '/api/datasources/proxy/uid/lockstep';

type Answer = unknown | ((query: URLSearchParams) => unknown);

/** Throw it from an answer: what Grafana's `fetch` rejects with. */
export function refusal(status: number, data: unknown = {}, statusText = ''): object {
  return { status, statusText, data, config: { url: '' } };
}

export interface FakeProxy {
  /** `GET numbers/checks?limit=1`, in the order in which it was asked */
  readonly asked: string[];
  readonly requests: BackendSrvRequest[];
  /** @param route method and path without the query; an answer may be a function of the query */
  answer(route: string, answer: Answer): void;
}

/** Answers what it was told to answer, and 404 to all else. */
export function proxyOfGrafana(): FakeProxy {
  const answers = new Map<string, Answer>();
  const proxy: FakeProxy = { asked: [], requests: [], answer: (route, answer) => void answers.set(route, answer) };
  const reply = async (request: BackendSrvRequest): Promise<unknown> => {
    const asked = `${request.method} ${request.url.replace(`${PROXY}/`, '')}`;
    proxy.asked.push(asked);
    proxy.requests.push(request);
    const [route = '', query = ''] = asked.split('?');
    if (!answers.has(route)) {
      throw refusal(404, { status: 404, title: 'Not Found', detail: `Nothing answers ${asked}.` });
    }
    const answer = answers.get(route);
    return typeof answer === 'function' ? answer(new URLSearchParams(query)) : answer;
  };
  const fetch = (request: BackendSrvRequest): Observable<Pick<FetchResponse, 'data'>> =>
    from(reply(request).then((data) => ({ data })));
  setBackendSrv({ fetch } as unknown as BackendSrv);
  return proxy;
}

export function signedInAs(orgRole: 'Viewer' | 'Editor' | 'Admin', isGrafanaAdmin = false): void {
  Object.assign(config.bootData.user, { orgRole, isGrafanaAdmin });
}

/** As Grafana replaces: a variable with several values is told as a list, one that is not defined stays as written. */
export function variablesOfGrafana(values: Readonly<Record<string, string | string[]>>): void {
  const replace = (text = '', scoped: ScopedVars = {}, format?: unknown) =>
    text.replace(/\$(\w+)|\$\{(\w+)(?::\w+)?\}|\[\[(\w+)\]\]/g, (whole, a?: string, b?: string, c?: string) => {
      const name = a ?? b ?? c ?? '';
      const value: string | string[] | undefined = scoped[name]?.value ?? values[name];
      if (value === undefined) {
        return whole;
      }
      return typeof format === 'function' ? format(value, { name }) : String(value);
    });
  setTemplateSrv({ replace } as unknown as TemplateSrv);
}

class NoLayout {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

/** jsdom lays nothing out and measures no text, and a list that shows what fits would show nothing. */
export function withLayout(): void {
  Object.assign(globalThis, { ResizeObserver: NoLayout, IntersectionObserver: NoLayout });
  const size = { x: 0, y: 0, top: 0, left: 0, width: 300, height: 400, right: 300, bottom: 400 };
  jest.spyOn(Element.prototype, 'getBoundingClientRect').mockReturnValue({ ...size, toJSON: () => size });
  Object.defineProperty(HTMLElement.prototype, 'offsetHeight', { configurable: true, value: size.height });
  Object.defineProperty(HTMLElement.prototype, 'offsetWidth', { configurable: true, value: size.width });
  const measureText = (text: string) => ({ width: text.length * 8 });
  jest.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue({ measureText } as CanvasRenderingContext2D);
}
