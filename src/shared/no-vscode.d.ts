// The sentinel of this layer's wall: `vscode` resolves to this file, which exports nothing, so that any use of it is a compile error.
export {};
