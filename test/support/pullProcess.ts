/** A process that pulls the log of a folder, and then waits for what is done afterwards, until it is killed. */
import { createFeedbackEngine } from './feedbackEngine.js';

const engine = createFeedbackEngine({ root: process.argv[2] ?? '' });
process.stdout.write('begun\n');
void engine.feedback.pull().then(() => {
  process.stdout.write('pulled\n');
  setInterval(() => undefined, 1000);
});
