import { Box, NavLink, Skeleton, Stack, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import type { SettingVariable } from '../../../main/contracts/console/settings-calls';
import { ErrorNote } from '../../components/error-note';
import { PageHeader } from '../../components/page-header';
import { useCall, useGateway } from '../../use-gateway';
import { useMay } from '../../use-role';
import { ActivitySection } from './activity-section';
import { AlertSection } from './alert-section';
import { BackupSection } from './backup-section';
import { GeneralSection } from './general-section';
import { LeaveGuard } from './leave-guard';
import { NewTenantSection } from './new-tenant-section';
import { PasswordSection } from './password-section';
import { PeopleSection } from './people-section';
import { RestartBar, SaveBar } from './settings-bars';
import { settingsSections, toSettingsSection, type SettingsSection } from './settings-sections';
import { TlsSection } from './tls-section';
import { useSettingsDraft, type SettingsDraft } from './use-settings-draft';
import { useVariableWords } from './use-variable-words';
import { VariableList } from './variable-list';

/** Everything that an operator may change about the gateway itself; others change their own password. */
export default function SettingsPage() {
  const { t } = useTranslation('settings');
  if (useMay('settings.get')) return <AllSettings />;
  return (
    <>
      <PageHeader title={t('title')} />
      <PasswordSection />
    </>
  );
}

function AllSettings() {
  const { t } = useTranslation(['settings', 'shell']);
  const settings = useCall('settings.get', {});
  const draft = useSettingsDraft();
  const [params] = useSearchParams();
  const section = toSettingsSection(params.get('section'));
  const [search, setSearch] = useState('');
  return (
    <>
      <PageHeader
        title={t('settings:title')}
        actions={
          <TextInput
            type="search"
            aria-label={t('settings:search')}
            placeholder={t('settings:search')}
            leftSection={<IconSearch size={16} stroke={1.7} aria-hidden />}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
        }
      />
      <LeaveGuard unsaved={Object.keys(draft.changes).length > 0} />
      <Box className="settings">
        <SectionLinks current={section} onChoose={() => setSearch('')} />
        <Stack gap="lg" miw={0}>
          <RestartBar />
          {settings.data ? (
            <SectionOf
              section={section}
              search={search.trim().toLowerCase()}
              variables={settings.data.variables}
              draft={draft}
            />
          ) : settings.isError ? (
            <ErrorNote
              error={settings.error}
              title={t('shell:error.load')}
              onRetry={() => void settings.refetch()}
            />
          ) : (
            <Skeleton h={320} />
          )}
          <SaveBar draft={draft} />
        </Stack>
      </Box>
    </>
  );
}

function SectionLinks(props: { readonly current: SettingsSection; readonly onChoose: () => void }) {
  const { t } = useTranslation('settings');
  // The desktop's window is its computer's own.
  const { entryPoint } = useGateway();
  const shown = settingsSections.filter((section) => section !== 'people' || entryPoint === 'browser');
  return (
    <Stack component="nav" gap={2} aria-label={t('sections')} className="settings-links">
      {shown.map((section) => (
        <NavLink
          key={section}
          component={Link}
          to={`?section=${section}`}
          replace
          label={t(`section.${section}.title`)}
          active={section === props.current}
          aria-current={section === props.current ? 'true' : undefined}
          className="page-link"
          onClick={props.onChoose}
        />
      ))}
    </Stack>
  );
}

interface SectionProps {
  readonly section: SettingsSection;
  readonly search: string;
  readonly variables: readonly SettingVariable[];
  readonly draft: SettingsDraft;
}

function SectionOf({ section, search, variables, draft }: SectionProps) {
  const { t } = useTranslation('settings');
  const wordsOf = useVariableWords();
  if (search !== '') {
    const found = variables.filter((variable) => {
      const { label, hint } = wordsOf(variable);
      return `${variable.name} ${label} ${hint}`.toLowerCase().includes(search);
    });
    return <VariableList title={t('found', { count: found.length })} variables={found} draft={draft} />;
  }
  if (section === 'general') return <GeneralSection />;
  if (section === 'people') return <PeopleSection />;
  if (section === 'tenants') return <NewTenantSection />;
  if (section === 'alerts') return <AlertSection />;
  if (section === 'activity') return <ActivitySection />;
  return (
    <>
      <VariableList
        title={t(`section.${section}.title`)}
        hint={t(`section.${section}.hint`)}
        variables={variables.filter(({ group }) => group === section)}
        draft={draft}
      />
      {section === 'network' && <TlsSection />}
      {section === 'data' && <BackupSection />}
    </>
  );
}
