/** A thread that reads ranges of one file, one after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { ScaleChange } from '../../engine/feedback/records.js';
import { buffersOf } from '../../engine/feedback/scan/recordBatch.js';
import type { ScanAnswer, ScanRequest, ScanStart } from './protocol.js';
import { RangeReader } from './rangeReader.js';

const { job } = workerData as ScanStart;
let reader: RangeReader | null = null;

parentPort?.on('message', ({ index, range }: ScanRequest) => {
  try {
    reader ??= new RangeReader(job);
    const batch = reader.read(range);
    parentPort?.postMessage({ index, batch } satisfies ScanAnswer, buffersOf(batch));
  } catch (error) {
    // Whatever it was, the scan's own thread meets it again and says it.
    const answer: ScanAnswer = error instanceof ScaleChange ? { index, scale: true } : { index, failed: String(error) };
    parentPort?.postMessage(answer);
  }
});
