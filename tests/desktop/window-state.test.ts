import { expect, test } from 'vitest';
import { fitWindow, smallestWindow } from '../../main/desktop/window-state';

const screen = { x: 0, y: 0, width: 1920, height: 1040 };
const second = { x: 1920, y: 0, width: 2560, height: 1400 };
const state = { x: 2000, y: 50, width: 1300, height: 900, isMaximized: false };

test('a window comes back where it was', () => {
  expect(fitWindow(state, [screen, second])).toEqual(state);
});

test('a display that is gone leaves the place to the system, and the size to what is there', () => {
  expect(fitWindow(state, [screen])).toEqual({ width: 1300, height: 900, isMaximized: false });
  const small = { x: 0, y: 0, width: 1280, height: 720 };
  expect(fitWindow({ ...state, width: 2400, height: 1300 }, [small])).toEqual({
    width: 1280,
    height: 720,
    isMaximized: false,
  });
});

test.each([
  { x: 1900, y: 0, what: 'only its edge is on the display' },
  { x: 0, y: -60, what: 'its title bar is above the display' },
  { x: 0, y: 1000, what: 'it is below the display' },
])('$what: it is put where it can be reached', ({ x, y }) => {
  expect(fitWindow({ ...state, x, y }, [screen])).not.toHaveProperty('x');
});

test('it is never smaller than what its pages need, and first opens at a good size', () => {
  expect(fitWindow({ ...state, width: 10, height: 10 }, [second])).toMatchObject(smallestWindow);
  expect(fitWindow(undefined, [screen])).toEqual({ width: 1280, height: 840, isMaximized: false });
  expect(fitWindow(undefined, [])).toEqual({ width: 1280, height: 840, isMaximized: false });
});
