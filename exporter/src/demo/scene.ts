/** What a demo shows: something to look at, and what is told of it. */
import type { Logger } from 'pino';
import type { Facts, Folder } from './folder.ts';

/** What has been started so far, newest last; stopped from the end. */
export type Started = { readonly what: string; readonly stop: () => Promise<void> }[];

export interface Scene {
  /** `sources` and `checks` of the configuration */
  readonly config: string;
  /** files beside the configuration that it points to: what changes from start to start */
  readonly secrets: Readonly<Record<string, string>>;
  /** where it is, for scripts that drive the demo */
  readonly places: Readonly<Record<string, string>>;
  /** what to try, for the summary */
  readonly hints: (facts: Facts) => string;
  /** makes rows change from now on */
  readonly liven?: (logger: Logger) => Started[number];
}

/** Starts what is looked at, and notes it in `started`. */
export type SetScene = (folder: Folder, started: Started) => Promise<Scene>;
