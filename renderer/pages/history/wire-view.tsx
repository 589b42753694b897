import { Code, Stack, Tabs, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { DeliveryDetail } from '../../../main/contracts/console/history-calls';
import classes from './delivery-page.module.css';
import { indentJson } from './indent-json';

type Wire = NonNullable<DeliveryDetail['wire']>;

function Headers(props: {
  readonly label: string;
  readonly headers: readonly (readonly [string, string])[];
}) {
  return (
    <Code block role="group" className={classes['code']} tabIndex={0} aria-label={props.label}>
      {props.headers.map(([name, value]) => `${name}: ${value}`).join('\n')}
    </Code>
  );
}

/** A webhook's request and what answered it. */
export function WebhookExchange(props: { readonly delivery: DeliveryDetail; readonly wire: Wire }) {
  const { delivery, wire } = props;
  const { t } = useTranslation('history');
  const answered = delivery.attempts.findLast(({ exchange }) => exchange !== null);
  const last = delivery.attempts.at(-1);
  const exchange = answered?.exchange;
  const url = exchange?.url ?? wire.url;
  // The status stands before what was said.
  const answer = (answered ?? last)?.response?.replace(/^\d{3} ?/, '') ?? '';
  return (
    <Tabs defaultValue="request" keepMounted={false}>
      <Tabs.List>
        <Tabs.Tab value="request">{t('wire.request')}</Tabs.Tab>
        <Tabs.Tab value="response" disabled={last === undefined}>
          {exchange ? t('wire.responseStatus', { status: exchange.status }) : t('wire.response')}
        </Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="request" pt="sm">
        <Stack gap="sm">
          {url !== null && (
            <Text size="sm" ff="monospace" className="long-text">
              POST {url}
            </Text>
          )}
          <Headers label={t('wire.requestHeaders')} headers={wire.headers} />
          <pre role="group" className={classes['plain']} aria-label={t('preview.json')} tabIndex={0}>
            {indentJson(wire.body)}
          </pre>
          <Text size="xs" c="dimmed">
            {t('wire.webhookHint')}
          </Text>
        </Stack>
      </Tabs.Panel>
      <Tabs.Panel value="response" pt="sm">
        <Stack gap="sm">
          {exchange && (
            <Headers label={t('wire.responseHeaders')} headers={Object.entries(exchange.headers)} />
          )}
          {answer === '' ? (
            <Text size="sm" c="dimmed">
              {t('wire.emptyAnswer')}
            </Text>
          ) : (
            <pre role="group" className={classes['plain']} aria-label={t('wire.responseBody')} tabIndex={0}>
              {indentJson(answer)}
            </pre>
          )}
          <Text size="xs" c="dimmed">
            {t('wire.answerHint')}
          </Text>
        </Stack>
      </Tabs.Panel>
    </Tabs>
  );
}

/** A mail as its server got it. */
export function MailSource({ wire }: { readonly wire: Wire }) {
  const { t } = useTranslation('history');
  return (
    <Stack gap="sm">
      <Headers label={t('wire.mailHeaders')} headers={wire.headers} />
      <Code block role="group" className={classes['code']} tabIndex={0} aria-label={t('wire.mailBody')}>
        {wire.body}
      </Code>
      <Text size="xs" c="dimmed">
        {t('wire.mailHint')}
      </Text>
    </Stack>
  );
}
