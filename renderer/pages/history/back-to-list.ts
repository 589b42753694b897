/// <reference lib="dom" />
import type { MouseEvent } from 'react';
import { useLocation, useNavigate } from 'react-router';

/** Kept with an entry of the browser's history: how many entries ago the list was left. */
interface StepsFromList {
  readonly stepsFromList: number;
}

export const firstStep: StepsFromList = { stepsFromList: 1 };

function readSteps(state: unknown): number | undefined {
  const steps = (state as Partial<StepsFromList> | null)?.stepsFromList;
  return typeof steps === 'number' ? steps : undefined;
}

/** Back to the list as it was left, its filter and its place; to a new one when nobody came from there. */
export function useBackToList() {
  const { state } = useLocation() as { state: unknown };
  const navigate = useNavigate();
  const steps = readSteps(state);
  return {
    to: '/history',
    /** for links that go on from here */
    nextStep: steps === undefined ? undefined : { stepsFromList: steps + 1 },
    onClick: (event: MouseEvent): void => {
      if (steps === undefined || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      void navigate(-steps);
    },
  };
}
