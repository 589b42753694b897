import { z } from 'zod';
import { readStoredJson, writeStoredJson } from './stored-json';

export const smallestWindow = { width: 1024, height: 700 } as const;
const firstWindow = { width: 1280, height: 840 } as const;
/** So much of a window must lie on a display for a person to get hold of it. */
const reachable = { width: 200, height: 100 } as const;

const stateSchema = z.object({
  x: z.int().optional(),
  y: z.int().optional(),
  width: z.int().min(1).max(100_000),
  height: z.int().min(1).max(100_000),
  isMaximized: z.boolean(),
});
export type WindowState = z.output<typeof stateSchema>;

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function overlap(from: number, size: number, otherFrom: number, otherSize: number): number {
  return Math.min(from + size, otherFrom + otherSize) - Math.max(from, otherFrom);
}

/** Where the window was, as far as it still fits the displays (`workAreas`) that are there today. */
export function fitWindow(state: WindowState | undefined, workAreas: readonly Area[]): WindowState {
  const largest = workAreas[0];
  const limit = (size: number, smallest: number, most: number | undefined) =>
    Math.max(smallest, Math.min(size, most ?? size));
  const wanted = state ?? { ...firstWindow, isMaximized: false };
  const place = { x: wanted.x, y: wanted.y };
  const { x, y } = place;
  const home =
    x === undefined || y === undefined
      ? undefined
      : workAreas.find(
          (area) =>
            overlap(x, wanted.width, area.x, area.width) >= reachable.width &&
            overlap(y, wanted.height, area.y, area.height) >= reachable.height &&
            // The title bar is what one takes it by.
            y >= area.y,
        );
  const area = home ?? largest;
  return {
    ...(home ? place : {}),
    width: limit(wanted.width, smallestWindow.width, area?.width),
    height: limit(wanted.height, smallestWindow.height, area?.height),
    isMaximized: wanted.isMaximized,
  };
}

export function readWindowState(path: string): WindowState | undefined {
  return stateSchema.safeParse(readStoredJson(path)).data;
}

export function writeWindowState(path: string, state: WindowState): void {
  writeStoredJson(path, state);
}
