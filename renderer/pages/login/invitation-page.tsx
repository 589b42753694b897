import { Alert, Button, Center, Loader, Paper, Stack, Text, TextInput, ThemeIcon } from '@mantine/core';
import { IconArrowsSplit2 } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { PageHeader } from '../../components/page-header';
import { acceptInvitation, readInvitation } from '../../console-login';
import { useGateway } from '../../use-gateway';
import { removeLinkToken } from './link-token';
import { isFit, NewPasswordFields, useNewPassword } from './password-fields';

/** Where somebody who was invited sees who they are here, chooses a password, and is signed in. */
export default function InvitationPage(props: { readonly token: string; readonly onDone: () => void }) {
  const { t } = useTranslation(['login', 'shell']);
  const gateway = useGateway();
  const { token, onDone } = props;
  const [typed, setTyped] = useNewPassword();
  const [isDone, setDone] = useState(false);
  const invited = useQuery({
    queryKey: ['console session', 'invitation', token],
    queryFn: () => readInvitation(token),
    retry: false,
    enabled: !isDone,
    refetchOnWindowFocus: false,
  });
  const accept = useMutation({
    mutationFn: (password: string) => acceptInvitation(token, password),
    onSuccess: () => {
      setDone(true);
      leave();
      gateway.reconnect();
    },
  });
  function leave() {
    removeLinkToken();
    onDone();
  }
  function submit(event: SyntheticEvent) {
    event.preventDefault();
    if (isFit(typed)) accept.mutate(typed.password);
  }
  const { data: person, error } = invited;
  return (
    <Center mih="100vh" p="xl" component="main" className="page">
      <Paper withBorder p="xl" w="100%" maw={420}>
        <ThemeIcon size={44} radius="md" mb="lg" aria-hidden>
          <IconArrowsSplit2 size={24} stroke={1.8} />
        </ThemeIcon>
        <PageHeader
          title={t('login:invitation.title')}
          hint={person ? t('login:invitation.hint') : undefined}
        />
        {error && (
          <Stack>
            <Alert color="red" role="alert" variant="light" title={t('login:invitation.refused')}>
              <Text size="sm" className="long-text">
                {error.message}
              </Text>
            </Alert>
            <Button variant="default" onClick={leave}>
              {t('login:invitation.toSignIn')}
            </Button>
          </Stack>
        )}
        {!error && !person && <Loader size="sm" />}
        {person && (
          <Stack component="form" onSubmit={submit}>
            <TextInput
              label={t('login:name')}
              description={t(`shell:role.${person.role}.text`)}
              inputWrapperOrder={['label', 'input', 'description']}
              value={`${person.name} · ${t(`shell:role.${person.role}.name`)}`}
              readOnly
              variant="filled"
            />
            {/* For the browser's own list of passwords. */}
            <input type="text" hidden readOnly autoComplete="username" value={person.name} />
            <NewPasswordFields value={typed} onChange={setTyped} />
            {accept.error && (
              <Alert color="red" role="alert" variant="light">
                {accept.error.message}
              </Alert>
            )}
            <Button type="submit" loading={accept.isPending} disabled={!isFit(typed)}>
              {t('login:invitation.accept')}
            </Button>
          </Stack>
        )}
      </Paper>
    </Center>
  );
}
