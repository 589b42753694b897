/** Where a section of a program lies in its file, and where in memory. */
interface Section {
  readonly address: number;
  readonly size: number;
  readonly offset: number;
}

/**
 * The names of the DLLs that a Windows program (.exe, .dll) is linked to, in small letters, from its import tables.
 * https://learn.microsoft.com/windows/win32/debug/pe-format
 * @throws Error when it is no 64-bit program of Windows
 */
export function readDllImports(file: Buffer): readonly string[] {
  const header = file.readUInt32LE(0x3c);
  if (file.toString('latin1', header, header + 4) !== 'PE\0\0') throw new Error('no program of Windows');
  const optional = header + 24;
  if (file.readUInt16LE(optional) !== 0x20b) throw new Error('no 64-bit program');
  const sections = readSections(
    file,
    optional + file.readUInt16LE(header + 20),
    file.readUInt16LE(header + 6),
  );
  const directory = (index: number) => file.readUInt32LE(optional + 112 + index * 8);
  return [
    ...readTable(file, sections, { address: directory(1), entryBytes: 20, nameAt: 12 }),
    // Loaded at the first call.
    ...readTable(file, sections, { address: directory(13), entryBytes: 32, nameAt: 4 }),
  ];
}

function readSections(file: Buffer, start: number, count: number): readonly Section[] {
  return Array.from({ length: count }, (_unused, index) => {
    const at = start + index * 40;
    return {
      address: file.readUInt32LE(at + 12),
      size: Math.max(file.readUInt32LE(at + 8), file.readUInt32LE(at + 16)),
      offset: file.readUInt32LE(at + 20),
    };
  });
}

function readTable(
  file: Buffer,
  sections: readonly Section[],
  table: { readonly address: number; readonly entryBytes: number; readonly nameAt: number },
): string[] {
  if (table.address === 0) return [];
  const names: string[] = [];
  for (let at = toOffset(sections, table.address); ; at += table.entryBytes) {
    const name = file.readUInt32LE(at + table.nameAt);
    if (name === 0) return names;
    const start = toOffset(sections, name);
    names.push(file.toString('latin1', start, file.indexOf(0, start)).toLowerCase());
  }
}

function toOffset(sections: readonly Section[], address: number): number {
  const section = sections.find((each) => address >= each.address && address < each.address + each.size);
  if (!section) throw new Error(`address ${address} is in no section`);
  return section.offset + address - section.address;
}
