import { LRUCache } from 'lru-cache';
import type { EmailTemplate, EventType, WhatsAppTemplate } from '../../contracts/event-types';
import { buildHtmlFromText } from './build-html-from-text';
import { cleanSubject, cleanText } from './clean-text';
import { createFormats, type FormatSettings } from './formats';
import { localizeTemplate } from './localize-html';
import { isZeroDate } from './parse-timestamp';
import { printValue } from './print-value';
import { createTemplateEngine, type TemplateScope } from './template-engine';
import { TemplateError, type TemplatePart, type TemplateProblem } from './template-error';

/** What a message is made from, besides its template. */
export interface RenderContext {
  /** the event's data; its fields are variables of the template */
  readonly data: Readonly<Record<string, unknown>>;
  readonly eventType: Pick<EventType, 'type' | 'title'>;
  readonly tenant: { readonly name: string; readonly customerId: string };
  readonly settings: FormatSettings;
  readonly now: Date;
}

interface RenderedEmail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

interface RenderedWhatsApp {
  readonly text: string;
}

/** An email's template has all three, WhatsApp's the text only. */
interface TemplateTexts {
  readonly subject?: string;
  readonly text: string;
  readonly html?: string;
}

export interface MessagePreview {
  readonly email?: RenderedEmail;
  readonly whatsapp?: RenderedWhatsApp;
  readonly problems: readonly (TemplateProblem & { readonly channel: 'email' | 'whatsapp' })[];
  /** variables that the templates use and the event type does not declare: likely misspelt */
  readonly unknownFields: readonly string[];
}

export interface MessageRenderer {
  /** Throws TemplateError. Without `html`, HTML is made from the text. */
  renderEmail(template: EmailTemplate, context: RenderContext): RenderedEmail;
  /** Throws TemplateError. */
  renderWhatsApp(template: WhatsAppTemplate, context: RenderContext): RenderedWhatsApp;
  /** What is wrong with a template that is about to be saved; empty when it can be. */
  checkTemplate(template: TemplateTexts): TemplateProblem[];
  /** Renders what can be rendered and says what cannot; never throws a TemplateError. */
  preview(
    templates: { email?: EmailTemplate; whatsapp?: WhatsAppTemplate },
    context: RenderContext,
    eventType: Pick<EventType, 'required' | 'optional'>,
  ): MessagePreview;
}

/** Templates in the language of a tenant, by locale. */
const keptLocales = 30;
const keptTemplates = 100;
const keptCharacters = 2_000_000;

/** Variables that the gateway sets; a field of the same name is reached as `data.NAME`. */
export const reservedVariables = ['tenant', 'event_type', 'event_title', 'now', 'data'] as const;

/**
 * Renders messages from Liquid templates. Besides Liquid's own filters there are `money`, `number`,
 * `date`, `time`, `datetime` (in the tenant's locale, currency and zone) and `multiline` (keeps line
 * breaks in HTML). One renderer serves all tenants; it keeps parsed templates and needs no stop.
 */
export function createMessageRenderer(): MessageRenderer {
  const plain = createTemplateEngine('plain');
  const html = createTemplateEngine('html');
  const formatsFor = createFormats();
  const templatesOf = new LRUCache<string, LRUCache<string, string>>({ max: keptLocales });
  const engineOf = (part: TemplatePart) => (part === 'html' ? html : plain);

  function buildScope({ data, eventType, tenant, settings, now }: RenderContext): TemplateScope {
    // Without a prototype: no name that data may carry, `__proto__` and `constructor` included, is special.
    const variables = Object.create(null) as Record<string, unknown>;
    variables['company_name'] = tenant.name.trim();
    for (const name of Object.keys(data)) {
      const value = data[name];
      const usable = typeof value === 'string' ? value.trim() : value;
      // An empty text counts as absent, as MySQL's zero date does, and to Liquid both would be true.
      if (usable !== '' && usable !== null && !isZeroDate(usable)) variables[name] = usable;
    }
    if (variables['company_name'] === '') delete variables['company_name'];
    variables['tenant'] = { name: tenant.name, customer_id: tenant.customerId };
    variables['event_type'] = eventType.type;
    variables['event_title'] = eventType.title;
    variables['now'] = now;
    variables['data'] = data;
    return { variables, formats: formatsFor(settings), currency: variables['currency'], now };
  }

  /** In most languages that are written from the left only one word of a template is another. */
  function localize(source: string, locale: string): string {
    // By the template itself: a key made of two texts would be made, and reckoned, for each message.
    let templates = templatesOf.get(locale);
    if (templates === undefined) {
      templates = new LRUCache<string, string>({
        max: keptTemplates,
        maxSize: keptCharacters,
        sizeCalculation: (_template, key) => key.length + 1,
      });
      templatesOf.set(locale, templates);
    }
    let text = templates.get(source);
    if (text === undefined) {
      text = localizeTemplate(source, locale);
      templates.set(source, text);
    }
    return text;
  }

  function renderEmail(template: EmailTemplate, context: RenderContext): RenderedEmail {
    const scope = buildScope(context);
    const subject = cleanSubject(plain.render('subject', template.subject, scope)) || context.eventType.title;
    const text = cleanText(plain.render('text', template.text, scope));
    const companyName = printValue((scope.variables as Record<string, unknown>)['company_name']);
    return {
      subject,
      text,
      html:
        template.html === undefined
          ? buildHtmlFromText(text, subject, companyName, context.settings.locale)
          : html.render('html', localize(template.html, context.settings.locale), scope),
    };
  }

  function renderWhatsApp(template: WhatsAppTemplate, context: RenderContext): RenderedWhatsApp {
    return { text: cleanText(plain.render('text', template.text, buildScope(context))) };
  }

  return {
    renderEmail,
    renderWhatsApp,
    checkTemplate(template) {
      return partsOf(template).flatMap(([part, source]) =>
        collectProblems(() => {
          engineOf(part).check(part, source);
        }),
      );
    },
    preview({ email, whatsapp }, context, eventType) {
      const used = new Set<string>();
      const problems: MessagePreview['problems'][number][] = [];

      function attempt<T>(
        channel: 'email' | 'whatsapp',
        template: TemplateTexts,
        render: () => T,
      ): T | undefined {
        const found = partsOf(template).flatMap(([part, source]) =>
          collectProblems(() => {
            engineOf(part).check(part, source);
            for (const name of engineOf(part).listVariables(part, source)) used.add(name);
          }),
        );
        let rendered: T | undefined;
        if (found.length === 0) {
          found.push(
            ...collectProblems(() => {
              rendered = render();
            }),
          );
        }
        problems.push(...found.map((problem) => ({ channel, ...problem })));
        return rendered;
      }

      const renderedEmail = email && attempt('email', email, () => renderEmail(email, context));
      const renderedWhatsApp =
        whatsapp && attempt('whatsapp', whatsapp, () => renderWhatsApp(whatsapp, context));
      const known = new Set<string>([
        ...Object.keys(eventType.required),
        ...Object.keys(eventType.optional),
        ...reservedVariables,
        'company_name',
        'attachments',
      ]);
      return {
        ...(renderedEmail === undefined ? {} : { email: renderedEmail }),
        ...(renderedWhatsApp === undefined ? {} : { whatsapp: renderedWhatsApp }),
        problems,
        unknownFields: [...used].filter((name) => !known.has(name)),
      };
    },
  };
}

function partsOf(template: TemplateTexts): [TemplatePart, string][] {
  const parts: [TemplatePart, string | undefined][] = [
    ['subject', template.subject],
    ['text', template.text],
    ['html', template.html],
  ];
  return parts.filter((entry): entry is [TemplatePart, string] => entry[1] !== undefined);
}

function collectProblems(attempt: () => void): TemplateProblem[] {
  try {
    attempt();
    return [];
  } catch (thrown) {
    if (thrown instanceof TemplateError) return [thrown.toProblem()];
    throw thrown;
  }
}
