import type { ListedEventType } from '../../../main/contracts/console/tenant-calls';
import type { FieldKind } from '../../../main/contracts/event-types';

export interface DraftField {
  readonly key: number;
  readonly name: string;
  readonly kind: FieldKind;
  readonly isRequired: boolean;
}

export interface DraftAudience {
  readonly key: number;
  readonly name: string;
  /** empty: no email */
  readonly emailField: string;
  readonly phoneField: string;
  readonly subject: string;
  readonly emailText: string;
  /** not edited in the form, kept as it is */
  readonly emailHtml: string | undefined;
  readonly whatsAppText: string;
}

/** An event type as a form holds it: rows with keys of their own, and JSON as text. */
export interface EventTypeDraft {
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly fields: readonly DraftField[];
  readonly audiences: readonly DraftAudience[];
  readonly fallbackToEmail: boolean;
  readonly sample: string;
}

let lastKey = 0;
const newKey = () => (lastKey += 1);

export const emptyAudience = (): DraftAudience => ({
  key: newKey(),
  name: '',
  emailField: '',
  phoneField: '',
  subject: '',
  emailText: '',
  emailHtml: undefined,
  whatsAppText: '',
});

export const emptyField = (): DraftField => ({ key: newKey(), name: '', kind: 'text', isRequired: true });

export function startDraft(eventType: ListedEventType | undefined): EventTypeDraft {
  if (!eventType) {
    return {
      type: '',
      title: '',
      description: '',
      fields: [emptyField()],
      audiences: [],
      fallbackToEmail: false,
      sample: '{\n  \n}',
    };
  }
  const toFields = (fields: Readonly<Record<string, FieldKind>>, isRequired: boolean) =>
    Object.entries(fields).map(([name, kind]) => ({ key: newKey(), name, kind, isRequired }));
  return {
    type: eventType.type,
    title: eventType.title,
    description: eventType.description,
    fields: [...toFields(eventType.required, true), ...toFields(eventType.optional, false)],
    audiences: eventType.audiences.map(({ name, email_field, phone_field, templates }) => ({
      key: newKey(),
      name,
      emailField: email_field ?? '',
      phoneField: phone_field ?? '',
      subject: templates.email?.subject ?? '',
      emailText: templates.email?.text ?? '',
      emailHtml: templates.email?.html,
      whatsAppText: templates.whatsapp?.text ?? '',
    })),
    fallbackToEmail: eventType.fallback === 'email',
    sample: JSON.stringify(eventType.sample, null, 2),
  };
}

/** The sample as an object, or undefined where the text is none. */
export function readSample(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return value as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** As `eventTypes.save` takes it. */
export function buildDefinition(draft: EventTypeDraft): Record<string, unknown> {
  const fieldsThat = (isRequired: boolean) =>
    Object.fromEntries(
      draft.fields
        .filter((field) => field.isRequired === isRequired && field.name.trim() !== '')
        .map(({ name, kind }) => [name.trim(), kind]),
    );
  return {
    type: draft.type.trim(),
    title: draft.title.trim(),
    description: draft.description.trim(),
    required: fieldsThat(true),
    optional: fieldsThat(false),
    audiences: draft.audiences.map((audience) => ({
      name: audience.name.trim(),
      ...(audience.emailField === '' ? {} : { email_field: audience.emailField }),
      ...(audience.phoneField === '' ? {} : { phone_field: audience.phoneField }),
      templates: {
        ...(audience.emailField === ''
          ? {}
          : {
              email: {
                subject: audience.subject,
                text: audience.emailText,
                ...(audience.emailHtml === undefined ? {} : { html: audience.emailHtml }),
              },
            }),
        ...(audience.phoneField === '' ? {} : { whatsapp: { text: audience.whatsAppText } }),
      },
    })),
    fallback: draft.fallbackToEmail ? 'email' : 'none',
    sample: readSample(draft.sample) ?? {},
  };
}
