/** What an application needs to send feedback to a collector: plain text, so that it can be tested by running it. */
export interface SnippetTarget {
  address: string;
  /** A token is asked for: read from the environment, never written into the snippet. */
  token: boolean;
  /** Id of the prompt that is asked about. */
  prompt: string;
}

export interface Snippet {
  language: string;
  text: string;
}

export function snippets({ address, token, prompt }: SnippetTarget): Snippet[] {
  const url = `${address}/v1/feedback`;
  const name = JSON.stringify(prompt);
  return [
    {
      language: 'Python',
      text: `import json${token ? ', os' : ''}, urllib.request

def collect_feedback(user_id, answer, rating, comment=None):
    """Sends one rating (0 to 1, or 1 to 5). It is on disk when this returns."""
    record = {"prompt_name": ${name}, "user": user_id, "answer": answer, "rating": rating, "comment": comment}
    headers = {"Content-Type": "application/json"${token ? ', "Authorization": "Bearer " + os.environ["FEEDBACK_TOKEN"]' : ''}}
    request = urllib.request.Request("${url}", json.dumps(record).encode(), headers)
    urllib.request.urlopen(request, timeout=5).close()
`,
    },
    {
      language: 'TypeScript',
      text: `/** Sends one rating (0 to 1, or 1 to 5). It is on disk when this resolves. */
export async function collectFeedback(userId: string, answer: string, rating: number, comment?: string): Promise<void> {
  const record = { prompt_name: ${name}, user: userId, answer, rating, comment };
  const response = await fetch("${url}", {
    method: "POST",
    headers: { "Content-Type": "application/json"${token ? ', Authorization: `Bearer ${process.env.FEEDBACK_TOKEN}`' : ''} },
    body: JSON.stringify(record),
  });
  if (!response.ok) throw new Error(await response.text());
}
`,
    },
    {
      language: 'curl',
      text: `curl -sS ${url} -H 'Content-Type: application/json'${token ? ' -H "Authorization: Bearer $FEEDBACK_TOKEN"' : ''} \\
  -d '${JSON.stringify({ prompt_name: prompt, user: 'u-1', answer: 'what was answered', rating: 1 }).replaceAll("'", "'\\''")}'
`,
    },
  ];
}
