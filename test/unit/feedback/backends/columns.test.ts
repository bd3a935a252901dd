import type { FeedbackBackend } from '../../../../src/engine/feedback/backend.js';
import { backendContract } from '../../../support/backendContract.js';
import { createFeedbackEngine, type FeedbackEngine } from '../../../support/feedbackEngine.js';
import { createReferenceBackend } from '../../../support/referenceBackend.js';

backendContract('the reference', () => ({
  source: 'log',
  traces: true,
  load: (batches) => Promise.resolve(createReferenceBackend(batches.flat())),
  close: () => Promise.resolve(),
}));

backendContract('the index of the workspace', () => {
  let engine: FeedbackEngine | null = null;
  return {
    source: 'log',
    traces: true,
    async load(batches, known) {
      await engine?.close();
      const labels = [...known.bySha256].flatMap(([sha256, list]) => list.map((each) => ({ ...each, sha256 })));
      engine = createFeedbackEngine({ versions: labels });
      const open = engine;
      let text = '';
      for (const batch of batches) {
        text += batch.map((record) => `${JSON.stringify(record)}\n`).join('');
        open.write('log.jsonl', text);
        await open.feedback.pull();
      }
      const ask = <T>(question: (backend: FeedbackBackend) => Promise<T>): Promise<T> =>
        open.feedback.withBackends(({ backends: [backend] }) =>
          backend === undefined ? Promise.reject(new Error('no back end')) : question(backend),
        );
      return {
        sums: (request) => ask((backend) => backend.sums(request)),
        complaints: (groups, request) => ask((backend) => backend.complaints(groups, request)),
        page: (query, versions) => ask((backend) => backend.page(query, versions)),
        detail: (id, versions) => ask((backend) => backend.detail(id, versions)),
        attributes: () => ask((backend) => backend.attributes()),
      };
    },
    close: async () => engine?.close(),
  };
});
