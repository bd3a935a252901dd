/** Puts a fresh copy of the sample workspace, under git, where F5 opens it: `node src/build/copySample.mjs FOLDER`. */
import { Lacking, scriptMain } from './lib/run.mjs';
import { copySample } from './lib/workspace.mjs';

await scriptMain(async ([into]) => {
  if (!into) throw new Lacking('Name the folder to copy into.');
  console.log(await copySample({ into }));
});
