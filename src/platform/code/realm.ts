/** Whether code has changed what all code of a realm shares: its global names, and the built-in objects with their prototypes. */

interface Watched {
  target: object;
  keys: readonly PropertyKey[];
  values: readonly unknown[];
}

export interface RealmState {
  clean(): boolean;
}

/** These are read as values where they are data; accessors are counted only. */
function watch(target: object): Watched {
  const keys: PropertyKey[] = [];
  const values: unknown[] = [];
  for (const key of Reflect.ownKeys(target)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(target, key);
    if (descriptor === undefined || !('value' in descriptor)) continue;
    keys.push(key);
    values.push(descriptor.value);
  }
  return { target, keys, values };
}

/** The built-in objects of a realm by its global object: constructors, their prototypes, and the globals themselves. */
export function realmState(globals: object, names: readonly string[]): RealmState {
  const targets = new Set<object>([globals]);
  const add = (value: unknown): void => {
    if ((typeof value === 'object' && value !== null) || typeof value === 'function') targets.add(value);
  };
  for (const name of names) {
    const value = Reflect.getOwnPropertyDescriptor(globals, name)?.value as unknown;
    add(value);
    if (typeof value === 'function') add((value as { prototype?: unknown }).prototype);
  }
  const watched = [...targets].map(watch);
  const counts = watched.map(({ target }) => Reflect.ownKeys(target).length);
  return {
    clean: () =>
      watched.every(({ target, keys, values }, index) => {
        if (Reflect.ownKeys(target).length !== counts[index]) return false;
        return keys.every((key, at) => Object.is((target as Record<PropertyKey, unknown>)[key], values[at]));
      }),
  };
}

/** What nearly all code uses, and hence what one piece of code can spoil for another. */
export const sharedNames = [
  'Object',
  'Function',
  'Array',
  'String',
  'Number',
  'Boolean',
  'Symbol',
  'Promise',
  'RegExp',
  'Map',
  'Set',
  'WeakMap',
  'Date',
  'Error',
  'TypeError',
  'JSON',
  'Math',
  'Reflect',
  'Intl',
  'ArrayBuffer',
  'Uint8Array',
];
