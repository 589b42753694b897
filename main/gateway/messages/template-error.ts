import { GatewayError } from '../errors';

export type TemplatePart = 'subject' | 'text' | 'html';

/** What is wrong with one part of a template, and in which line (from 1) where that is known. */
export interface TemplateProblem {
  readonly part: TemplatePart;
  readonly line?: number;
  readonly message: string;
}

/** A template cannot be parsed or rendered; trying again with the same template and data fails again. */
export class TemplateError extends GatewayError {
  override readonly name = 'TemplateError';

  constructor(
    readonly part: TemplatePart,
    readonly line: number | undefined,
    /** what is wrong, without part and line */
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    const place = line === undefined ? `The ${part} template` : `Line ${line} of the ${part} template`;
    super('template_invalid', `${place}: ${reason}`, 422, [{ part, line, message: reason }], options);
  }

  toProblem(): TemplateProblem {
    return { part: this.part, ...(this.line === undefined ? {} : { line: this.line }), message: this.reason };
  }
}
