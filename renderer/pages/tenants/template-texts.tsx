import {
  Alert,
  Anchor,
  Group,
  List,
  SegmentedControl,
  Switch,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallOutput } from '../../../main/contracts/console/console-calls';
import { selectLine } from './select-line';
import type { TemplateChannel, Texts } from './template-types';

type Problem = CallOutput<'templates.preview'>['problems'][number];
type BodyPart = 'text' | 'html';

const monospace = { input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } };

/** Where a template is written, with what is wrong at its line. */
export function TemplateTexts(props: {
  readonly channel: TemplateChannel;
  readonly texts: Texts;
  readonly problems: readonly Problem[];
  readonly unknownFields: readonly string[];
  readonly onChange: (texts: Texts) => void;
}) {
  const { t } = useTranslation('tenants');
  const { channel, texts, problems, onChange } = props;
  const [part, setPart] = useState<BodyPart>('text');
  const area = useRef<HTMLTextAreaElement>(null);
  const isEmail = channel === 'email';
  const hasOwnLayout = texts.html !== undefined;
  const shownPart: BodyPart = isEmail ? part : 'text';
  const partNames = {
    subject: t('templates.subject'),
    text: t('templates.text'),
    html: t('templates.layout'),
  };
  const problemsOf = (name: string) =>
    problems.filter((problem) => problem.part === name).map(({ message }) => message);
  const emptyProblem = (value: string | undefined) =>
    value?.trim() === '' ? t('templates.required') : undefined;

  return (
    <>
      {isEmail && (
        <TextInput
          label={t('templates.subject')}
          value={texts.subject ?? ''}
          maxLength={2_000}
          styles={monospace}
          error={emptyProblem(texts.subject) ?? problemsOf('subject')[0]}
          onChange={(event) => onChange({ ...texts, subject: event.currentTarget.value })}
        />
      )}
      {isEmail && (
        <Group justify="space-between">
          <SegmentedControl
            aria-label={t('templates.part')}
            data={[
              { value: 'text', label: t('templates.text') },
              { value: 'html', label: t('templates.layout') },
            ]}
            value={part}
            onChange={(value) => setPart(value)}
          />
          {part === 'html' && (
            <Switch
              label={t('templates.ownLayout')}
              checked={hasOwnLayout}
              onChange={(event) =>
                onChange({
                  ...texts,
                  html: event.currentTarget.checked ? '<p>\n\n</p>' : undefined,
                })
              }
            />
          )}
        </Group>
      )}
      {shownPart === 'html' && !hasOwnLayout ? (
        <Text c="dimmed" size="sm">
          {t('templates.ownLayoutOff')}
        </Text>
      ) : (
        <Textarea
          ref={area}
          aria-label={isEmail ? partNames[shownPart] : t('templates.message')}
          description={isEmail && shownPart === 'text' ? t('templates.textHint') : undefined}
          value={(shownPart === 'html' ? texts.html : texts.text) ?? ''}
          autosize
          minRows={14}
          maxRows={26}
          spellCheck={shownPart === 'text'}
          styles={monospace}
          error={
            (shownPart === 'text' ? emptyProblem(texts.text) : undefined) ??
            (problemsOf(shownPart).length > 0 ? problemsOf(shownPart).join(' ') : undefined)
          }
          onChange={(event) => onChange({ ...texts, [shownPart]: event.currentTarget.value })}
        />
      )}
      <div aria-live="polite">
        {problems.length > 0 && (
          <Alert
            variant="light"
            color="red"
            icon={<IconAlertTriangle aria-hidden />}
            title={t('templates.problems')}
          >
            <List size="sm" spacing={4}>
              {problems.map((problem, index) => {
                const name = problem.part as keyof typeof partNames;
                return (
                  <List.Item key={index} className="long-text">
                    {partNames[name]}
                    {problem.line !== null && name !== 'subject' && (
                      <>
                        ,{' '}
                        <Anchor
                          component="button"
                          type="button"
                          c="inherit"
                          underline="always"
                          size="sm"
                          aria-label={t('templates.goToLine', { line: problem.line, part: partNames[name] })}
                          onClick={() => {
                            setPart(name);
                            const { line } = problem;
                            // After the other part is shown.
                            requestAnimationFrame(() => selectLine(area.current, line ?? 1));
                          }}
                        >
                          {t('templates.line', { line: problem.line })}
                        </Anchor>
                      </>
                    )}
                    : {problem.message}
                  </List.Item>
                );
              })}
            </List>
          </Alert>
        )}
        {props.unknownFields.length > 0 && (
          <Alert variant="light" color="yellow" icon={<IconInfoCircle aria-hidden />} mt="xs">
            {t('templates.unknown', {
              count: props.unknownFields.length,
              fields: props.unknownFields.join(', '),
            })}
          </Alert>
        )}
      </div>
    </>
  );
}
