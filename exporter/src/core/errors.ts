/** Somebody outside has to act: the message says what, where and what to do, and holds no secret. */
export class UserError extends Error {
  override name = 'UserError';
}

/** A source could not be looked at. The run that met it is an `error`; nothing is opened or resolved. */
export class SourceError extends UserError {
  override name = 'SourceError';
  readonly source: string;
  constructor(source: string, message: string, options?: ErrorOptions) {
    super(`source "${source}": ${message}`, options);
    this.source = source;
  }
}
