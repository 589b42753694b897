/** The channels whose messages are written from templates. */
export const templateChannels = ['email', 'whatsapp'] as const;
export type TemplateChannel = (typeof templateChannels)[number];

/** The parts of one template. */
export interface Texts {
  readonly subject?: string;
  readonly text: string;
  readonly html?: string;
}
