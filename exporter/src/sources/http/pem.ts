/** What a source is given to prove itself and the service by: texts in PEM that belong together. */
import { createSecureContext } from 'node:tls';
import { SourceError } from '../../core/errors.ts';

type Pems = Readonly<Partial<Record<'ca' | 'cert' | 'key', string | undefined>>>;

/** Told before anything is asked: a request would only say that it cannot be made. @throws SourceError without what is in them */
export function requirePem(source: string, { ca, cert, key }: Pems = {}): void {
  const isNone = (pem: string | undefined): boolean =>
    pem !== undefined && !/-----BEGIN [A-Z0-9 ]+-----/.test(pem);
  for (const [place, pem] of Object.entries({ ca, cert, key })) {
    if (isNone(pem)) throw new SourceError(source, `tls.${place} is no PEM; use \${file:…}`);
  }
  try {
    createSecureContext({ ca, cert, key });
  } catch (error) {
    const message = 'tls cannot be used: a PEM in it is damaged, or tls.key does not belong to tls.cert';
    throw new SourceError(source, message, { cause: error });
  }
}
