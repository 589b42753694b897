import { useTranslation } from 'react-i18next';
import { PageHeader } from '../../components/page-header';

export default function LoginPage() {
  const { t } = useTranslation('login');
  return <PageHeader title={t('title')} />;
}
