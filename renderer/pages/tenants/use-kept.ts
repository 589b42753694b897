import { useState } from 'react';

/** The last value that there was, while there is none: what is shown does not blink between two answers. */
export function useKept<T>(value: T | undefined): T | undefined {
  const [kept, setKept] = useState(value);
  if (value !== undefined && value !== kept) setKept(value);
  return value ?? kept;
}
