import type { SessionMessage } from './session-messages';

/** Many messages are stored in one moment: their gateway is told once. */
const noticeAfterMs = 50;

/** Tells the gateway that runs a session that there are messages for it. */
interface WorkNotices {
  /** @param to a gateway's instance */
  tell(to: number, customerId: string): void;
  stop(): void;
}

export function createWorkNotices(say: (to: number, message: SessionMessage) => void): WorkNotices {
  const due = new Map<string, NodeJS.Timeout>();
  return {
    tell(to, customerId) {
      if (due.has(customerId)) return;
      const timer = setTimeout(() => {
        due.delete(customerId);
        say(to, { t: 'session work', c: customerId });
      }, noticeAfterMs);
      due.set(customerId, timer);
    },
    stop() {
      for (const timer of due.values()) clearTimeout(timer);
    },
  };
}
