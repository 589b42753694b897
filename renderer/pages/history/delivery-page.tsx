import { useTranslation } from 'react-i18next';
import { PageHeader } from '../../components/page-header';

export default function DeliveryPage() {
  const { t } = useTranslation('history');
  return <PageHeader title={t('title')} />;
}
