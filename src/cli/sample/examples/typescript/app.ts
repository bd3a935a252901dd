/**
 * The desk's page: answers from a list, and sends what people say about the answers to the collector.
 *
 *     ratchet collect --port 4410            in the folder of this workspace
 *     node examples/typescript/app.ts        then open http://127.0.0.1:8000 (Node 22.18 or later reads TypeScript itself)
 *
 * Node's own fetch and http only. RATCHET_COLLECTOR is the collector's address, RATCHET_TOKEN its token where it asks for one.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

interface Answer {
  id: string;
  text: string;
}

const collector = process.env['RATCHET_COLLECTOR'] ?? 'http://127.0.0.1:4410';
const token = process.env['RATCHET_TOKEN'];
const prompt = { name: 'support/answer', version: 'v2' };

/** Sends one record; it is on disk when this resolves. Sending it again changes nothing: its id counts once. */
async function send(path: string, record: object): Promise<void> {
  const headers = { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  for (let attempt = 0; attempt < 5; attempt++) {
    let wait = 0.2 * 2 ** attempt;
    try {
      const response = await fetch(collector + path, {
        method: 'POST',
        headers,
        body: JSON.stringify(record),
        signal: AbortSignal.timeout(5000),
      });
      const said = await response.text();
      if (response.ok) return;
      // Too many at once, or something is wrong over there: later, and under the same id. Anything else is ours to mend.
      if (response.status !== 429 && response.status < 500) throw new RangeError(`The collector refused a record: ${said}`);
      wait = Math.max(wait, Number(response.headers.get('retry-after') ?? 0));
    } catch (error) {
      if (error instanceof RangeError) throw error;
      // Not reachable just now.
    }
    await sleep(Math.min(wait, 10) * 1000);
  }
  throw new Error(`The collector at ${collector} took nothing. Is it running?`);
}

/** What was served. With it the score knows how many people said nothing. */
async function collectInteraction(userId: string, question: string, answer: Answer, latencyMs: number): Promise<void> {
  await send('/v1/interactions', {
    id: answer.id,
    time: new Date().toISOString(),
    prompt,
    user: userId,
    input: { variables: { question } },
    output: { text: answer.text },
    system: { status: 'ok', latency_ms: latencyMs },
  });
}

/** What somebody said about an answer: 0 is bad, 1 is good. Who changes their mind is counted once, as they said last. */
async function collectFeedback(userId: string, answer: Answer, rating: number, comment?: string): Promise<void> {
  await send('/v1/feedback', {
    id: `${answer.id}/rating`,
    interaction_id: answer.id,
    time: new Date().toISOString(),
    prompt,
    user: userId,
    signal: 'explicit.rating',
    score: { raw: rating, min: 0, max: 1 },
    text: comment,
  });
}

// From here on: the application. Where it looks up an answer, yours asks a model.

const answers: Record<string, string> = {
  skye: 'Our deliveries start in Leith, where we pack every order by hand. To the islands it is 4 to 5 working days, without a charge.',
  return: 'We have thought about returns for a long time. You have 45 days from the day it arrived, opened or not.',
};
const otherwise = 'A person will write back within a day.';

const page = `<!doctype html><meta charset="utf-8"><title>Thistle &amp; Rook</title>
<form id="ask"><input name="user" value="anna" aria-label="Your name"> <input name="question" value="How long to Skye?" size="40" aria-label="Question"> <button>Ask</button></form>
<p id="answer"></p>
<p id="rate" hidden><button value="1">👍</button> <button value="0">👎</button> <input id="comment" placeholder="What was wrong?" size="40" aria-label="Comment"> <output></output></p>
<script>
  const post = (path, body) => fetch(path, { method: "POST", body: JSON.stringify(body) }).then((response) => response.json());
  const [ask, answer, rate, comment] = ["ask", "answer", "rate", "comment"].map((id) => document.getElementById(id));
  let shown;
  ask.onsubmit = async (event) => {
    event.preventDefault();
    shown = await post("/ask", Object.fromEntries(new FormData(ask)));
    answer.textContent = shown.text;
    rate.hidden = false;
  };
  for (const button of rate.querySelectorAll("button"))
    button.onclick = async () => {
      await post("/rate", { user: ask.user.value, id: shown.id, rating: Number(button.value), comment: comment.value || undefined });
      rate.querySelector("output").textContent = "Thank you.";
    };
</script>
`;

const served = new Map<string, Answer>();

async function ask(said: { user: string; question: string }): Promise<Answer> {
  const started = performance.now();
  const word = Object.keys(answers).find((each) => said.question.toLowerCase().includes(each)) ?? '';
  const answer = { id: randomUUID(), text: answers[word] ?? otherwise };
  served.set(answer.id, answer);
  await collectInteraction(said.user, said.question, answer, performance.now() - started);
  return answer;
}

async function rate(said: { user: string; id: string; rating: number; comment?: string }): Promise<object | null> {
  const answer = served.get(said.id);
  if (answer === undefined) return null;
  await collectFeedback(said.user, answer, said.rating, said.comment);
  return {};
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  return text;
}

async function reply(request: IncomingMessage): Promise<object | string | null> {
  if (request.method !== 'POST') return page;
  const body = await bodyOf(request);
  if (request.url === '/ask') return ask(JSON.parse(body) as Parameters<typeof ask>[0]);
  return request.url === '/rate' ? rate(JSON.parse(body) as Parameters<typeof rate>[0]) : null;
}

const server = createServer((request, response) => {
  reply(request).then(
    (said) => {
      const html = typeof said === 'string';
      response.writeHead(said === null ? 404 : 200, { 'content-type': html ? 'text/html; charset=utf-8' : 'application/json' });
      response.end(html ? said : JSON.stringify(said ?? {}));
    },
    (error: unknown) => {
      console.error(error);
      response.writeHead(500).end('{}');
    },
  );
});

server.listen(Number(process.env['PORT'] ?? 8000), '127.0.0.1', () => {
  console.log(`Open http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
});
