import { open } from 'node:fs/promises';

export interface ZipEntry {
  /** Offset of the entry's data in the archive, and its length there. */
  offset: number;
  compressed: number;
  deflated: boolean;
}

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;

/**
 * Finds the one entry of a zip archive whose name matches, by the central directory (APPNOTE 4.3). ZIP64 is not read:
 * the archives that we open are wheels far below 4 GiB. Throws where there is no such entry.
 */
export async function zipEntry(path: string, name: RegExp): Promise<ZipEntry> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const tail = Buffer.alloc(Math.min(size, 65_557));
    await file.read(tail, 0, tail.length, size - tail.length);
    let end = tail.length - 22;
    while (end >= 0 && tail.readUInt32LE(end) !== END_OF_DIRECTORY) end--;
    if (end < 0) throw new Error('not a zip archive');
    const directory = Buffer.alloc(tail.readUInt32LE(end + 12));
    await file.read(directory, 0, directory.length, tail.readUInt32LE(end + 16));
    for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === DIRECTORY_ENTRY;) {
      const nameLength = directory.readUInt16LE(at + 28);
      if (name.test(directory.toString('utf8', at + 46, at + 46 + nameLength))) {
        const local = Buffer.alloc(30);
        const start = directory.readUInt32LE(at + 42);
        await file.read(local, 0, 30, start);
        return {
          offset: start + 30 + local.readUInt16LE(26) + local.readUInt16LE(28),
          compressed: directory.readUInt32LE(at + 20),
          deflated: directory.readUInt16LE(at + 10) === 8,
        };
      }
      at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    }
    throw new Error('the archive does not hold the expected file');
  } finally {
    await file.close();
  }
}
