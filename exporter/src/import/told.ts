/** What an import tells besides its files: what to set, and what did not come along. Never a value. */

export class Told {
  readonly #secrets: string[] = [];
  readonly #lost: string[] = [];

  /** Remembers that somebody must provide it. @param how such as "set SMTP_PASSWORD" */
  secret(how: string, place: string): void {
    this.#secrets.push(`${how} (it is ${place} there)`);
  }

  lost(what: string, why: string): void {
    this.#lost.push(`${what}: ${why}`);
  }

  get secrets(): readonly string[] {
    return this.#secrets;
  }

  get notCarried(): readonly string[] {
    return this.#lost;
  }
}
