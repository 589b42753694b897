import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const movedPortSchema = z.object({
  from: z.number(),
  to: z.number(),
  /** ISO 8601 */
  at: z.string(),
});
/** The server had to leave its port to another program. */
export type MovedPort = z.infer<typeof movedPortSchema>;

/** Whoever has not changed the addresses by then has none to change. */
const announcedForMs = 7 * 86_400_000;
const fileOf = (dataDir: string) => join(dataDir, 'moved-port.json');

/** The last move, while it is news; undefined when the server is back at its port. */
export async function readMovedPort(dataDir: string, port: number): Promise<MovedPort | undefined> {
  try {
    const moved = movedPortSchema.parse(JSON.parse(await readFile(fileOf(dataDir), 'utf8')));
    const isNews = moved.to === port && Date.now() - Date.parse(moved.at) < announcedForMs;
    return isNews ? moved : undefined;
  } catch {
    return undefined;
  }
}

export async function writeMovedPort(dataDir: string, moved: MovedPort): Promise<void> {
  await writeFile(fileOf(dataDir), `${JSON.stringify(moved)}\n`);
}

/** What happened and what to change, in a sentence. */
export function describeMovedPort({ from, to }: MovedPort): string {
  return `Another program took port ${from}, so the database now listens on port ${to}. Change the port wherever you have entered the database's address (GET /api/database shows it). The new port is permanent.`;
}
