import { eventTypeSchema, type Audience, type EventType } from '../../../contracts/event-types';
import { defaultTenantSettings } from '../../../contracts/tenant-settings';
import type { FormatSettings } from '../../messages/formats';
import {
  createMessageRenderer,
  reservedVariables,
  type MessageRenderer,
  type RenderContext,
} from '../../messages/message-renderer';
import { buildDataSchema, describeProblems, type DataProblem } from './build-data-schema';
import { builtInEventTypes } from './catalogue';

export type EventTypeCheck =
  | { readonly ok: true; readonly eventType: EventType }
  | { readonly ok: false; readonly problems: readonly DataProblem[] };

export interface CheckEventTypeOptions {
  /** the gateway's own, where it is at hand: making one takes some milliseconds */
  readonly renderer?: MessageRenderer;
  /** those of the tenant, which the templates are tried with */
  readonly settings?: FormatSettings;
  /** false (default): a type of the catalogue cannot be redefined, only its templates be replaced */
  readonly mayReplaceBuiltIn?: boolean;
}

/** More than any form has; every field costs a check in every event. */
const maxFields = 200;

/**
 * Says whether a tenant's event type can be saved: its shape, that the audiences' fields are declared,
 * that the sample fits, and that every template renders with it. Each problem has the path of the part
 * it is about, such as `audiences.0.templates.email.html`.
 */
export function checkEventType(definition: unknown, options: CheckEventTypeOptions = {}): EventTypeCheck {
  const parsed = eventTypeSchema.safeParse(definition);
  if (!parsed.success) return { ok: false, problems: describeProblems(parsed.error, null) };
  const eventType = parsed.data;
  const problems = [
    ...checkName(eventType, options.mayReplaceBuiltIn ?? false),
    ...checkFields(eventType),
    ...checkAudiences(eventType),
    ...checkTemplates(eventType, options),
  ];
  return problems.length === 0 ? { ok: true, eventType } : { ok: false, problems };
}

function checkName({ type }: EventType, mayReplaceBuiltIn: boolean): DataProblem[] {
  if (mayReplaceBuiltIn || !builtInEventTypes.has(type)) return [];
  return [
    {
      path: 'type',
      message: `is an event type of the gateway: choose another name, or replace the templates of ${type}`,
    },
  ];
}

function checkFields({ required, optional, sample }: EventType): DataProblem[] {
  const problems: DataProblem[] = [];
  const fields = [
    ...Object.entries(required).map(([name, kind]) => ({ name, kind, path: `required.${name}` })),
    ...Object.entries(optional).map(([name, kind]) => ({ name, kind, path: `optional.${name}` })),
  ];
  if (fields.length > maxFields) {
    return [{ path: 'required', message: `together with optional must have at most ${maxFields} fields` }];
  }
  for (const { name, kind, path } of fields) {
    if ((reservedVariables as readonly string[]).includes(name)) {
      problems.push({ path, message: 'is a name that the gateway uses in templates: choose another' });
    }
    if (name === 'attachments' && kind !== 'list') {
      problems.push({ path, message: 'must be a list: it holds the files that go with the message' });
    }
  }
  for (const name of Object.keys(optional)) {
    if (Object.hasOwn(required, name)) {
      problems.push({ path: `optional.${name}`, message: 'is required already' });
    }
  }
  const fits = buildDataSchema({ required, optional }).safeParse(sample);
  return fits.success ? problems : [...problems, ...describeProblems(fits.error, 'sample')];
}

function checkAudiences({ audiences, required, optional }: EventType): DataProblem[] {
  const kinds = new Map([...Object.entries(optional), ...Object.entries(required)]);
  const problems: DataProblem[] = [];
  const names = new Set<string>();
  for (const [index, audience] of audiences.entries()) {
    const path = `audiences.${index}`;
    if (names.has(audience.name)) problems.push({ path: `${path}.name`, message: 'is there twice' });
    names.add(audience.name);
    problems.push(
      ...checkAddress(`${path}.email_field`, 'email', audience.email_field, audience.templates.email, kinds),
      ...checkAddress(
        `${path}.phone_field`,
        'phone',
        audience.phone_field,
        audience.templates.whatsapp,
        kinds,
      ),
    );
  }
  return problems;
}

/** An address needs a template and a template an address: either alone would never send anything. */
function checkAddress(
  path: string,
  kind: 'email' | 'phone',
  field: string | undefined,
  template: object | undefined,
  kinds: ReadonlyMap<string, string>,
): DataProblem[] {
  const templateName = kind === 'email' ? 'templates.email' : 'templates.whatsapp';
  if (field === undefined) {
    return template === undefined ? [] : [{ path, message: `is required: there is a ${templateName}` }];
  }
  if (!kinds.has(field)) {
    return [{ path, message: `names ${field}, which is neither in required nor in optional` }];
  }
  if (kinds.get(field) !== kind) {
    return [{ path, message: `names ${field}, which must be of the kind ${kind}` }];
  }
  return template === undefined ? [{ path, message: `has no ${templateName} to send` }] : [];
}

function checkTemplates(eventType: EventType, options: CheckEventTypeOptions): DataProblem[] {
  const renderer = options.renderer ?? createMessageRenderer();
  const context: RenderContext = {
    data: eventType.sample,
    eventType,
    tenant: { name: 'Example', customerId: 'EXAMPLE' },
    settings: options.settings ?? defaultTenantSettings,
    now: new Date(),
  };
  return eventType.audiences.flatMap((audience: Audience, index) =>
    renderer
      .preview(audience.templates, context, eventType)
      .problems.map(({ channel, part, line, message }) => ({
        path: `audiences.${index}.templates.${channel}.${part}`,
        message: line === undefined ? message : `line ${line}: ${message}`,
      })),
  );
}
