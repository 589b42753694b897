/** A retry in six hours is no reason to keep a laptop awake all night; one within minutes is. */
const awakeAfterMovementMs = 10 * 60_000;

interface WaitingWork {
  readonly waiting: number;
  readonly sending: number;
}

/** Says whether the machine must not sleep: while messages are sent, or wait and something has moved in the last minutes. */
export function createAwakeRule(now: () => number = () => performance.now()): (work: WaitingWork) => boolean {
  let before: WaitingWork = { waiting: 0, sending: 0 };
  let movedAt = -Infinity;
  return (work) => {
    if (work.sending > 0 || work.waiting !== before.waiting || work.sending !== before.sending)
      movedAt = now();
    before = { waiting: work.waiting, sending: work.sending };
    return work.sending > 0 || (work.waiting > 0 && now() - movedAt < awakeAfterMovementMs);
  };
}
