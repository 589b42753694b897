/**
 * How long a test waits for what has to happen, in ms. Far longer than it takes: a busy machine is nobody's fault,
 * and what never happens still fails.
 */
export const patienceMs = 60_000;
