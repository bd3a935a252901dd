/**
 * Sends feedback as fast as it is acknowledged: `node collectLoad.cjs PORT CONNECTIONS BATCH SECONDS PREFIX`. Prints one JSON line. Plain
 * sockets and ready-made requests, since it shares the machine with what it measures.
 */
import { connect } from 'node:net';

export interface LoadResult {
  acknowledged: number;
  requests: number;
  failed: number;
  seconds: number;
  bytes: number;
  /** ms. */
  p50: number;
  p99: number;
  max: number;
}

const comments = ['too long', 'the answer is about another order, and it does not say when mine will be here', '', '', 'fine, thank you'];

/** Nearly 400 bytes. */
function feedback(id: string, n: number): string {
  const text = comments[n % comments.length] ?? '';
  return (
    `{"schema":"promptratchet.feedback/1","id":"${id}","interaction_id":"i-${id}","time":"2026-11-24T10:${String(10 + (n % 50))}:${String(10 + (n % 50))}.000Z",` +
    `"prompt":{"name":"support/answer","version":"v${String(1 + (n % 2))}"},"signal":"explicit.rating","actor":{"kind":"end_user"},"user":"user-${String(n % 5000)}",` +
    `"session":"s-${String(n % 20000)}","attributes":{"plan":"${n % 3 === 0 ? 'free' : 'pro'}","locale":"de-AT"},"score":{"raw":${String(1 + (n % 5))},"min":1,"max":5}` +
    `${text === '' ? '' : `,"text":"${text}"`}}`
  );
}

async function main(args: readonly string[]): Promise<void> {
  const [port = 0, connections = 0, batch = 0, seconds = 0] = args.slice(0, 4).map(Number);
  const prefix = args[4] ?? '';
  const result = { acknowledged: 0, requests: 0, failed: 0, bytes: 0 };
  const latencies: number[] = [];
  let n = 0;
  const started = performance.now();
  const until = started + seconds * 1000;

  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.setNoDelay(true);
      let sent = 0;
      let answer = '';
      const next = (): void => {
        if (performance.now() >= until) {
          socket.end();
          return;
        }
        const records: string[] = [];
        for (let i = 0; i < batch; i++) records.push(feedback(`${prefix}-${String(++n)}`, n));
        const body = records.join('\n');
        result.bytes += body.length;
        sent = performance.now();
        socket.write(
          `POST /v1/feedback HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-ndjson\r\nContent-Length: ${String(body.length)}\r\n\r\n${body}`,
        );
      };
      socket.on('connect', next);
      socket.on('data', (chunk: Buffer) => {
        answer += chunk.toString('latin1');
        const end = answer.indexOf('\r\n\r\n');
        if (end === -1) return;
        const length = Number(/content-length: (\d+)/i.exec(answer)?.[1] ?? 0);
        if (answer.length < end + 4 + length) return;
        latencies.push(performance.now() - sent);
        result.requests += 1;
        const accepted = /^HTTP\/1\.1 200/.test(answer) ? Number(/"accepted":(\d+)/.exec(answer)?.[1] ?? 0) : 0;
        result.acknowledged += accepted;
        if (accepted !== batch) result.failed += 1;
        answer = '';
        next();
      });
      socket.on('error', reject);
      socket.on('close', () => {
        resolve();
      });
    });

  await Promise.all(Array.from({ length: connections }, one));
  const took = (performance.now() - started) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  const printed: LoadResult = { ...result, seconds: took, p50: at(0.5), p99: at(0.99), max: at(1) };
  process.stdout.write(`${JSON.stringify(printed)}\n`);
}

void main(process.argv.slice(2));
