/** A call that waits until somebody gives the console's password again, or will not. */
export interface PasswordQuestion {
  /** @throws CallError `wrong_password`; the question stays open then */
  answer(password: string): Promise<void>;
  decline(): void;
}

export interface PasswordQuestions {
  /** The one that is open. */
  current(): PasswordQuestion | undefined;
  onChange(listener: () => void): () => void;
  /**
   * Asks once for all calls that wait.
   * @param confirm rejects when the password is not right
   * @returns false when nobody gave it
   */
  ask(confirm: (password: string) => Promise<unknown>): Promise<boolean>;
}

export function createPasswordQuestions(): PasswordQuestions {
  const listeners = new Set<() => void>();
  let question: PasswordQuestion | undefined;
  let outcome: Promise<boolean> | undefined;

  function show(next: PasswordQuestion | undefined): void {
    question = next;
    for (const listener of listeners) listener();
  }

  return {
    current: () => question,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    ask(confirm) {
      outcome ??= new Promise<boolean>((resolve) => {
        const end = (given: boolean) => {
          outcome = undefined;
          show(undefined);
          resolve(given);
        };
        show({
          async answer(password) {
            await confirm(password);
            end(true);
          },
          decline: () => end(false),
        });
      });
      return outcome;
    },
  };
}
