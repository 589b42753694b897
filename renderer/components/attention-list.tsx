import { Box, Button, Group, Stack, Text, ThemeIcon } from '@mantine/core';
import {
  IconAlertTriangle,
  IconChevronRight,
  IconCircleCheck,
  IconExclamationCircle,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { attentionPage } from '../../main/contracts/console/attention-page';
import type { Attention } from '../../main/contracts/console/overview-calls';
import { useFormats } from '../use-formats';
import { useAction } from '../use-gateway';
import { useMay } from '../use-role';
import { Section } from './section';

/** What needs a person, the worst first, each with the way to where it is solved. */
export function AttentionList({ attention }: { readonly attention: readonly Attention[] }) {
  const { t } = useTranslation('overview');
  const sorted = [...attention].sort(
    (a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'),
  );
  return (
    <Section title={t('attention.title', { count: attention.length })}>
      <Stack component="ul" gap={0} p={0} m={0} className="plain-list">
        {sorted.map((one) => (
          <AttentionRow key={one.id} attention={one} />
        ))}
      </Stack>
    </Section>
  );
}

function AttentionRow({ attention }: { readonly attention: Attention }) {
  const { t } = useTranslation(['overview', 'shell', 'whatsapp']);
  const format = useFormats();
  const { kind, severity, tenantName, customerId, channel, count, since, subject, detail } = attention;
  const isError = severity === 'error';
  const mayAllow = useMay('settings.allowOrigin');
  const mayChange = useMay('settings.save');
  const page = attentionPage(attention);
  const Icon = isError ? IconExclamationCircle : IconAlertTriangle;
  const words = {
    // WhatsApp of nobody in particular is the office number's.
    tenant: tenantName ?? customerId ?? t('whatsapp:office.name'),
    channel: channel === null ? '' : t(`shell:channel.${channel}`),
    count: count ?? 1,
    subject: subject ?? '',
  };
  const title = t(`overview:attention.${kind}.title`, words);
  return (
    <Group component="li" wrap="nowrap" align="center" gap="md" className="list-row attention-row">
      <ThemeIcon variant="light" color={isError ? 'red' : 'orange'} size={38} radius="xl">
        <Icon size={20} stroke={1.7} aria-label={t(`overview:severity.${severity}`)} role="img" />
      </ThemeIcon>
      <Box miw={0} style={{ flex: 1 }}>
        <Text fw={550} className="long-text" lineClamp={3}>
          {title}
        </Text>
        <Text size="sm" c="dimmed">
          {t(`overview:attention.${kind}.text`, words)}
          {since !== null && ` ${t('overview:since', { time: format.relative(since) })}`}
        </Text>
        {detail !== null && (
          <Text size="xs" c="dimmed" ff="monospace" className="long-text" mt={2}>
            {detail}
          </Text>
        )}
      </Box>
      {kind === 'origin_refused' && subject !== null ? (
        mayAllow && <AllowOrigin origin={subject} />
      ) : mayChange || /^\/(history|whatsapp)/.test(page) ? (
        <Button
          component={Link}
          to={page}
          variant={isError ? 'light' : 'default'}
          color={isError ? 'red' : undefined}
          rightSection={<IconChevronRight size={16} aria-hidden />}
          style={{ flexShrink: 0 }}
          aria-label={`${t(`overview:attention.${kind}.action`)}: ${title}`}
        >
          {t(`overview:attention.${kind}.action`)}
        </Button>
      ) : null}
    </Group>
  );
}

/** One click lets the page in: it asked a moment ago, and waits. */
function AllowOrigin({ origin }: { readonly origin: string }) {
  const { t } = useTranslation('overview');
  const allow = useAction('settings.allowOrigin', ['overview.get', 'settings.get']);
  return (
    <Button
      variant="default"
      loading={allow.isPending}
      onClick={() => allow.mutate({ origin })}
      style={{ flexShrink: 0 }}
      aria-label={`${t('attention.origin_refused.action')}: ${origin}`}
    >
      {t('attention.origin_refused.action')}
    </Button>
  );
}

/** Said as plainly as that something is wrong. */
export function AllIsWell({ lastEventAt }: { readonly lastEventAt: string | null }) {
  const { t } = useTranslation('overview');
  const format = useFormats();
  return (
    <Group wrap="nowrap" gap="md" px={4} role="status">
      <ThemeIcon variant="light" color="teal" size={44} radius="xl" aria-hidden>
        <IconCircleCheck size={26} stroke={1.7} />
      </ThemeIcon>
      <Box miw={0}>
        <Text fw={600} size="lg">
          {t('well.title')}
        </Text>
        <Text c="dimmed" size="sm">
          {lastEventAt === null ? t('well.text') : t('well.last', { time: format.relative(lastEventAt) })}
        </Text>
      </Box>
    </Group>
  );
}
