/**
 * The CopyData messages of a running COPY … TO STDOUT as they lie in what the socket gave, without copying each: with
 * pg-copy-streams, which gathers every message into a new buffer, two fifths of a merge's time went there.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html: a byte of type, an int32 length that counts
 * itself, the content; a CopyData message of a server is always one row.
 */
import type { Connection as PgConnection, Submittable } from 'pg';
import type { Duplex } from 'node:stream';

export const MESSAGE_HEADER_BYTES = 5;
export const COPY_DATA = 0x64; // d
const COPY_DONE = 0x63; // c
const ERROR_RESPONSE = 0x45; // E

type Listener = (chunk: Buffer) => void;

/** Takes the socket over from pg while rows come, and gives it back for whatever follows them. */
export class CopyOut implements Submittable {
  readonly #sql: string;
  #stream: Duplex | null = null;
  #pgListener: Listener | null = null;
  #failure: Error | null = null;
  #done = false;
  #wake: () => void = () => undefined;

  constructor(sql: string) {
    this.#sql = sql;
  }

  submit(connection: PgConnection): void {
    const stream = connection.stream;
    const [listener, ...others] = stream.listeners('data') as Listener[];
    if (!listener || others.length > 0)
      throw new Error('pg listens to its socket in another way than expected');
    stream.off('data', listener);
    stream.pause();
    this.#stream = stream;
    this.#pgListener = listener;
    stream.on('readable', this.#onReadable);
    connection.query(this.#sql);
  }

  /** Whole messages, at least one at a time. Nothing is read from the socket while the caller is busy. */
  async *messages(): AsyncGenerator<Buffer> {
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const chunk = await this.#next();
      if (chunk === null) return;
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const { end, last } = wholeMessages(bytes);
      if (last) this.#handBack(bytes.subarray(end));
      if (end > 0) yield bytes.subarray(0, end);
      rest = bytes.subarray(end);
      if (last) rest = Buffer.alloc(0);
    }
  }

  async #next(): Promise<Buffer | null> {
    for (;;) {
      if (this.#failure) throw this.#failure;
      const chunk = this.#pgListener ? ((this.#stream?.read() as Buffer | null | undefined) ?? null) : null;
      if (chunk !== null) return chunk;
      if (this.#done) return null;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #handBack(rest: Buffer): void {
    const [stream, listener] = [this.#stream, this.#pgListener];
    if (!stream || !listener) return;
    this.#pgListener = null;
    stream.off('readable', this.#onReadable);
    stream.on('data', listener);
    listener(rest);
    // not at once: the listener may have paused it
    process.nextTick(() => stream.resume());
  }

  readonly #onReadable = (): void => {
    this.#wake();
  };

  handleError(error: Error): void {
    this.#failure = error;
    this.#wake();
  }

  handleReadyForQuery(): void {
    this.#done = true;
    this.#wake();
  }

  /** pg calls these for messages that need no answer here. */
  handleCommandComplete(): void {}
}

/** Where the whole messages of a COPY end; `last` when what follows is for pg to understand. */
function wholeMessages(bytes: Buffer): { end: number; last: boolean } {
  let end = 0;
  while (end + MESSAGE_HEADER_BYTES <= bytes.length) {
    const type = bytes[end];
    if (type === COPY_DONE || type === ERROR_RESPONSE) return { end, last: true };
    const next = end + 1 + bytes.readInt32BE(end + 1);
    if (next > bytes.length) break;
    end = next;
  }
  return { end, last: false };
}
