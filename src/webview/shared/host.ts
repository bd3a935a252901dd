/** The page's only way out. `acquireVsCodeApi` may be called once, so it stays private to this module. */
interface HostApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): HostApi;

const api = acquireVsCodeApi();

/** Listens to the host and returns the way to answer it. Says `ready` once the listener stands. */
export function connectHost(onMessage: (message: unknown) => void): (message: unknown) => void {
  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    onMessage(event.data);
  });
  api.postMessage({ type: 'ready' });
  return (message) => {
    api.postMessage(message);
  };
}

/** What the page left when it was hidden or the window was reloaded; ours, but of any earlier version. */
export function keptState(): Record<string, unknown> {
  const state = api.getState();
  return typeof state === 'object' && state !== null ? { ...state } : {};
}

export function keepState(state: Record<string, unknown>): void {
  api.setState(state);
}
