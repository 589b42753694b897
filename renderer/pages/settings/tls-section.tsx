import { useTranslation } from 'react-i18next';
import { CopyField } from '../../components/copy-field';
import { Section } from '../../components/section';
import { useCall } from '../../use-gateway';

/** The certificate in force, for clients that pin it. */
export function TlsSection() {
  const { t } = useTranslation('settings');
  const tls = useCall('gateway.info', {}).data?.tls;
  if (!tls) return null;
  return (
    <Section title={t('tls.title')} hint={t(`tls.${tls.kind}`)}>
      <CopyField value={tls.fingerprint} label={t('tls.fingerprint')} />
    </Section>
  );
}
