/** The page's only way out. `acquireVsCodeApi` may be called once, so it stays private to this module. */
interface HostApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): HostApi;

const api = acquireVsCodeApi();

/** Listens to the host and returns the way to answer it. Says `ready` once the listener stands. */
export function connectHost<To, From extends { type: string }>(onMessage: (message: To) => void): (message: From) => void {
  window.addEventListener('message', (event: MessageEvent<To>) => {
    onMessage(event.data);
  });
  api.postMessage({ type: 'ready' });
  return (message) => {
    api.postMessage(message);
  };
}

export function readPageState<T>(guard: (value: unknown) => value is T): T | null {
  const state = api.getState();
  return guard(state) ? state : null;
}

export function writePageState(state: unknown): void {
  api.setState(state);
}
