/** A request's body, bounded as it arrives and after unpacking. */
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { ServeLimits } from './options.js';
import { Turns } from './turns.js';

const unpack = promisify(gunzip);

export class BodyError extends Error {
  constructor(
    readonly status: 400 | 413 | 415 | 429,
    message: string,
  ) {
    super(message);
    this.name = 'BodyError';
  }
}

/** The sender went away: nobody is left to answer. */
export class GoneError extends Error {}

/** How much of a body that is refused is read off the line, so that its sender gets to read why. */
const drainBytes = 16 * 1024 * 1024;

export class Receiver {
  /** Bytes of bodies that are arriving or wait for their turn. */
  private held = 0;
  private readonly turns = new Turns();

  constructor(private readonly limits: ServeLimits) {}

  /**
   * `begin` is called before anything is read, `count` with the bytes that arrive, `use` with the whole body, unpacked, when it is its turn.
   * Throws `BodyError`, `GoneError`, and what `use` throws.
   */
  async receive<T>(
    request: IncomingMessage,
    on: { begin: () => void; count: (bytes: number) => void; use: (body: Uint8Array) => Promise<T> },
  ): Promise<T> {
    const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
    const packed = encoding === 'gzip' || encoding === 'x-gzip';
    if (!packed && encoding !== 'identity' && encoding !== '') {
      throw new BodyError(415, 'The body is packed in a way that is not known here. Send it plain or as gzip.');
    }
    if (Number(request.headers['content-length'] ?? 0) > this.limits.bodyBytes) throw this.tooLarge();
    on.begin();
    return this.inTurn(await this.read(request, on.count), packed, on.use);
  }

  /** Not `async` beyond the unpacking: the body is let go when it is used, not when the disk has answered. */
  private inTurn<T>(body: Uint8Array, packed: boolean, use: (body: Uint8Array) => Promise<T>): Promise<T> {
    if (packed) return this.unpacked(body).then((plain) => this.inTurn(plain, false, use));
    this.held += body.length;
    return this.turns.run(() => {
      this.held -= body.length;
      return use(body);
    });
  }

  private async unpacked(body: Uint8Array): Promise<Uint8Array> {
    try {
      return await unpack(body, { maxOutputLength: this.limits.bodyBytes });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw this.tooLarge();
      throw new BodyError(400, 'The body is not gzip, or it is cut off.');
    }
  }

  private read(request: IncomingMessage, count: (bytes: number) => void): Promise<Uint8Array> {
    const { bodyBytes, heldBytes } = this.limits;
    const chunks: Buffer[] = [];
    let length = 0;
    return new Promise<Uint8Array>((resolve, reject) => {
      const end = (settle: () => void): void => {
        this.held -= length;
        request.removeListener('data', onData).removeListener('end', onEnd).removeListener('close', onClose);
        settle();
      };
      const onData = (chunk: Buffer): void => {
        length += chunk.length;
        this.held += chunk.length;
        count(chunk.length);
        if (length > bodyBytes)
          end(() => {
            reject(this.tooLarge());
          });
        else if (this.held > heldBytes)
          end(() => {
            reject(new BodyError(429, 'Too much arrives at once. Send the same again in a moment.'));
          });
        else chunks.push(chunk);
      };
      const onEnd = (): void => {
        end(() => {
          resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
        });
      };
      const onClose = (): void => {
        end(() => {
          reject(new GoneError());
        });
      };
      request.on('data', onData).on('end', onEnd).on('close', onClose);
    });
  }

  private tooLarge(): BodyError {
    return new BodyError(413, `The body is over ${String(this.limits.bodyBytes)} bytes. Send it in smaller batches.`);
  }
}

/** Reads off what is left of a request that is answered already: a sender that is cut off while it writes never sees the answer. */
export function drain(request: IncomingMessage): void {
  if (request.complete) return;
  let left = drainBytes;
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
  request.on('error', () => undefined); // it is answered
  request.resume();
}
