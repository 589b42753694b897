import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';

/** file → the files of this repository that it imports */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** Reads what the modules below these folders import: values, types, and what is loaded later by `import()`. */
export function readImportGraph(folders: readonly string[]): ImportGraph {
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|tsx|mjs)$/.test(name))
      .map((name) => join(folder, name)),
  );
  return new Map(
    files.map((file) => {
      const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'));
      const imported = importedFiles.flatMap(({ fileName }) => resolveImport(file, fileName) ?? []);
      return [file, imported];
    }),
  );
}

function resolveImport(from: string, name: string): string | undefined {
  if (!name.startsWith('.')) return undefined;
  const path = normalize(join(dirname(from), name));
  return ['', '.ts', '.tsx'].map((ending) => path + ending).find((file) => existsSync(file));
}

/** A way from a module back to itself, its first module again at the end; undefined: there is none. */
export function findCircle(graph: ImportGraph): readonly string[] | undefined {
  const done = new Set<string>();
  const way: string[] = [];

  function follow(file: string): readonly string[] | undefined {
    const start = way.indexOf(file);
    if (start !== -1) return [...way.slice(start), file];
    if (done.has(file)) return undefined;
    way.push(file);
    for (const next of graph.get(file) ?? []) {
      const circle = follow(next);
      if (circle) return circle;
    }
    way.pop();
    done.add(file);
    return undefined;
  }

  for (const file of graph.keys()) {
    const circle = follow(file);
    if (circle) return circle;
  }
  return undefined;
}
