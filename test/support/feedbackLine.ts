/** The least feedback line, with whatever a test adds. */
export function feedbackLine(fields: Record<string, unknown> = {}): string {
  return JSON.stringify({
    schema: 'promptratchet.feedback/1',
    prompt: { name: 'p', version: 'v1' },
    signal: 'explicit.rating',
    actor: { kind: 'end_user' },
    user: 'u1',
    time: '2026-11-20T00:00:00Z',
    score: { raw: 1, min: 0, max: 1 },
    ...fields,
  });
}
