import type { SmtpStage } from '../smtp-fault';
import type { SmtpVerdictCode } from '../smtp-verdicts';

/** A wording by which a kind of server says what is wrong, whatever code it gives with it. */
export interface SmtpWording {
  /** unique; the tests have replies for each */
  readonly id: string;
  readonly verdict: SmtpVerdictCode;
  /** tried on the server's words in one line, without codes and without addresses */
  readonly words: RegExp;
  /** where it means this; absent: anywhere */
  readonly stages?: readonly SmtpStage[];
  readonly source: string;
}
