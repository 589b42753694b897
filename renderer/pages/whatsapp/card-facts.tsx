import { SimpleGrid, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { WhatsAppCard } from '../../../main/contracts/console/whatsapp-calls';
import { officeId } from '../../../main/contracts/office-number';
import { useFormats } from '../../use-formats';
import classes from './whatsapp.module.css';

const waitReasons = ['gap', 'quiet_hours', 'daily_new_contacts', 'new_contacts_locked'] as const;

/** The few figures that say how it goes. */
export function CardFacts({ card }: { readonly card: WhatsAppCard }) {
  const { t } = useTranslation(['whatsapp', 'shell']);
  const formats = useFormats();
  // Due by now: "just now" would say that it has left.
  const whenNext = (iso: string) =>
    Date.parse(iso) - Date.now() < 5_000 ? t('facts.soon') : formats.relative(iso);
  const reason = waitReasons.find((name) => name === card.waitReason) ?? 'other';
  return (
    <SimpleGrid component="dl" cols={2} spacing="md" verticalSpacing="xs" className={classes['facts']}>
      <Fact name={t('facts.phone')} value={card.phone === null ? '–' : `+${card.phone}`} />
      {card.runsOn !== null && <Fact name={t('facts.runsOn')} value={card.runsOn} />}
      {card.customerId !== officeId && (
        <>
          <Fact
            name={t('facts.lastSent')}
            value={card.lastSentAt === null ? t('shell:time.never') : formats.relative(card.lastSentAt)}
          />
          <Fact name={t('facts.waiting')} value={formats.number(card.waiting)} />
        </>
      )}
      {card.newContactsPerDay > 0 && (
        <Fact
          name={t('facts.newContacts')}
          value={t('facts.newContactsOf', {
            count: card.newContactsToday,
            limit: formats.number(card.newContactsPerDay),
          })}
        />
      )}
      {card.nextSendAt !== null && (
        <Fact name={t('facts.next')} value={`${whenNext(card.nextSendAt)}: ${t(`wait.${reason}`)}`} />
      )}
    </SimpleGrid>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <Text component="dt" size="xs" c="dimmed">
        {name}
      </Text>
      <Text component="dd" m={0} fw={500} className="long-text numbers">
        {value}
      </Text>
    </div>
  );
}
