/** What a loop over the `openai` package takes, in a process of its own: `bareLoop.mjs baseUrl requests width`. Prints seconds without the start. */
import { OpenAI } from 'openai';

const [baseURL, requests, width] = process.argv.slice(2);
const client = new OpenAI({ apiKey: 'none', baseURL, maxRetries: 0 });
const start = performance.now();
let next = 0;
const lane = async () => {
  while (next < Number(requests)) {
    const content = `Answer this: question ${String(next++)}`;
    await client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content }] });
  }
};
await Promise.all(Array.from({ length: Number(width) }, lane));
process.stdout.write(String((performance.now() - start) / 1000));
