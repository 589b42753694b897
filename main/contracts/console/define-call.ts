import { type z } from 'zod';

/** One thing that the console may ask of the gateway. */
export interface ConsoleCall<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly input: I;
  readonly output: O;
}

export function defineCall<I extends z.ZodType, O extends z.ZodType>(input: I, output: O): ConsoleCall<I, O> {
  return { input, output };
}
