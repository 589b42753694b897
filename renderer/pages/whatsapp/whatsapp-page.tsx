import { useTranslation } from 'react-i18next';
import { PageHeader } from '../../components/page-header';

export default function WhatsAppPage() {
  const { t } = useTranslation('whatsapp');
  return <PageHeader title={t('title')} />;
}
