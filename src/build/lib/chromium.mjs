/** Where a Chromium for the tests is: installed already, or by apt-get where we are root on a Debian. */
import { existsSync } from 'node:fs';
import { onPath, run } from './run.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge', 'msedge'];
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

export const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const LACKS_CHROMIUM =
  'No Chromium was found: install Chromium, Chrome or Edge (Debian: apt-get install chromium) to run the tests in the editor.';

/** Path of an installed Chromium, Chrome or Edge, or null. `PROMPT_RATCHET_CHROMIUM` names one. */
export function findChromium() {
  const named = process.env.PROMPT_RATCHET_CHROMIUM;
  if (named) return existsSync(named) ? named : null;
  for (const name of NAMES) {
    const found = onPath(name);
    if (found) return found;
  }
  return PLACES.find((place) => existsSync(place)) ?? null;
}

/** As `findChromium`, installing Debian's package where that needs nobody's consent: root, apt-get there, nothing found. */
export async function ensureChromium(log) {
  const found = findChromium();
  if (found) return found;
  if (process.getuid?.() !== 0 || !onPath('apt-get')) return null;
  log('Installing Chromium (apt-get)…');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-qq'], { capture: true, env });
  const { code, output } = await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], { capture: true, env });
  if (code !== 0) log(`apt-get could not install it: ${output.trim().split('\n').at(-1) ?? ''}`);
  return findChromium();
}
