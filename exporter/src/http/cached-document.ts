/** A document that is rendered once per change of the facts and kept as bytes, so that many readers cost little. */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';

const compress = promisify(gzip);

export interface Rendition {
  readonly plain: Buffer;
  readonly gzip: Buffer;
  readonly etag: string;
  readonly contentType: string;
  readonly shown: ShownRows | undefined;
}

/** id of a violation → digest of its row, for whoever notes what was read */
export type ShownRows = ReadonlyMap<string, string>;

interface Rendered {
  readonly body: string;
  readonly contentType: string;
  /** absent where a document never shows rows */
  readonly shown?: ShownRows;
}

export interface DocumentSource {
  /** another version means other facts */
  readonly version: () => string | number;
  /** how old a rendition of the same version may be, for facts that change without a version */
  readonly maxAgeMs?: number;
  readonly render: () => Promise<Rendered>;
}

export class CachedDocument {
  readonly #source: DocumentSource;
  #kept: { readonly version: string | number; readonly at: number; readonly rendition: Rendition } | null =
    null;
  #flight: { readonly version: string | number; readonly rendition: Promise<Rendition> } | null = null;

  constructor(source: DocumentSource) {
    this.#source = source;
  }

  /** Readers that ask at the same time share one rendering. Rejects when rendering does; nothing is kept then. */
  async current(): Promise<Rendition> {
    const version = this.#source.version();
    const kept = this.#kept;
    const maxAge = this.#source.maxAgeMs ?? Infinity;
    if (kept?.version === version && performance.now() - kept.at < maxAge) return kept.rendition;
    if (this.#flight?.version === version) return this.#flight.rendition;
    const flight = { version, rendition: this.#render(version) };
    this.#flight = flight;
    try {
      return await flight.rendition;
    } finally {
      if (this.#flight === flight) this.#flight = null;
    }
  }

  async #render(version: string | number): Promise<Rendition> {
    const at = performance.now();
    const { body, contentType, shown } = await this.#source.render();
    const plain = Buffer.from(body);
    // Weak: plain and gzip are the same document in other bytes.
    const etag = `W/"${createHash('sha256').update(plain).digest('base64url').slice(0, 27)}"`;
    // Level 1: a third of the time of the default for a tenth more bytes.
    const rendition = { plain, gzip: await compress(plain, { level: 1 }), etag, contentType, shown };
    if (!this.#kept || this.#kept.at <= at) this.#kept = { version, at, rendition };
    return rendition;
  }
}

/** @param vary request headers besides Accept-Encoding that choose the document */
export function sendRendition(
  request: FastifyRequest,
  reply: FastifyReply,
  { plain, gzip: zipped, etag, contentType }: Rendition,
  vary: string,
): FastifyReply {
  reply
    .header('etag', etag)
    .header('vary', `Accept-Encoding, ${vary}`)
    .header('cache-control', 'private, no-cache');
  if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send();
  reply.header('content-type', contentType);
  if (!acceptsGzip(request.headers['accept-encoding'])) return reply.send(plain);
  return reply.header('content-encoding', 'gzip').send(zipped);
}

function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const bare = (tag: string) => tag.trim().replace(/^W\//, '');
  return ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((tag) => bare(tag) === bare(etag));
}

function acceptsGzip(accepted: string | string[] | undefined): boolean {
  const entry = /(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=([\d.]+))?\s*(?:,|$)/i.exec(String(accepted ?? ''));
  return entry !== null && Number(entry[1] ?? 1) > 0;
}
