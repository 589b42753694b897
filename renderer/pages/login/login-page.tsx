import {
  Alert,
  Button,
  Center,
  Code,
  Loader,
  Paper,
  PasswordInput,
  Stack,
  Text,
  TextInput,
  ThemeIcon,
} from '@mantine/core';
import { IconArrowsSplit2 } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { PageHeader } from '../../components/page-header';
import { LoginError, readSession, signIn } from '../../console-login';
import { useGateway } from '../../use-gateway';
import { findLinkToken, readLinkToken, removeLinkToken } from './link-token';

/** Signing in to a headless gateway's console: by the password, or by a link that works once. */
export default function LoginPage() {
  const { t } = useTranslation('login');
  const gateway = useGateway();
  const token = useLinkToken();
  const [password, setPassword] = useState('');
  const [name, setName] = useState('');
  // A password may have been set a moment ago, which is why this page is here.
  const ways = useQuery({
    queryKey: ['console session'],
    queryFn: readSession,
    retry: false,
    refetchOnMount: 'always',
  });
  // In another tab: what was read before this page came up may be of the session that has ended.
  const isSignedIn = ways.isFetchedAfterMount && ways.data?.signedIn === true;
  useEffect(() => {
    if (isSignedIn) gateway.reconnect();
  }, [isSignedIn, gateway]);
  const { mutate, ...login } = useMutation({
    mutationFn: signIn,
    onSuccess: () => gateway.reconnect(),
    // Used up or too old: asking again would not help.
    onError: removeLinkToken,
  });
  const tried = useRef(0);
  useEffect(() => {
    // Once for each time that a link is pasted: one that was used is refused in words, each time.
    if (token === undefined || tried.current === token.count) return;
    tried.current = token.count;
    mutate({ link_token: token.text });
  }, [token, mutate]);

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    // Who has a link in hand may well paste it here.
    const pasted = findLinkToken(password);
    if (pasted !== undefined) mutate({ link_token: pasted });
    else if (password !== '') mutate({ password, ...(name.trim() === '' ? {} : { name: name.trim() }) });
  }

  const isOpening = token !== undefined && !login.isError;
  return (
    <Center mih="100vh" p="xl" component="main" className="page">
      <Paper withBorder p="xl" w="100%" maw={420}>
        <ThemeIcon size={44} radius="md" mb="md" aria-hidden>
          <IconArrowsSplit2 size={24} stroke={1.8} />
        </ThemeIcon>
        <PageHeader title={t('title')} hint={isOpening ? undefined : t('hint')} />
        {isOpening ? (
          <Stack align="center" role="status">
            <Loader size="sm" />
            <Text>{t('opening')}</Text>
          </Stack>
        ) : (
          <Stack component="form" onSubmit={submit}>
            <Notice error={login.error} endedReason={gateway.endedReason()} />
            {ways.data && !ways.data.passwordSet && !ways.data.namesUsed ? (
              <HowToGetALink />
            ) : (
              <>
                {/* A one-person office has one field. */}
                {ways.data?.namesUsed && (
                  <TextInput
                    label={t('name')}
                    description={t('nameHint')}
                    autoComplete="username"
                    maxLength={80}
                    value={name}
                    onChange={(event) => setName(event.currentTarget.value)}
                  />
                )}
                <PasswordInput
                  label={t('password')}
                  autoComplete="current-password"
                  required
                  withAsterisk={false}
                  data-autofocus
                  autoFocus
                  value={password}
                  onChange={(event) => setPassword(event.currentTarget.value)}
                  visibilityToggleButtonProps={{ 'aria-label': t('show') }}
                />
                <Button type="submit" loading={login.isPending} disabled={password === ''}>
                  {t('signIn')}
                </Button>
                <Text size="sm" c="dimmed">
                  {t('forgotten')} <Code>modular-gateway console password</Code>
                </Text>
              </>
            )}
          </Stack>
        )}
      </Paper>
    </Center>
  );
}

interface PastedToken {
  readonly text: string;
  /** rises with each one that is pasted, the same or not */
  readonly count: number;
}

/** The token of the link in the address; also of one that is pasted while this page is open. */
function useLinkToken(): PastedToken | undefined {
  const [token, setToken] = useState<PastedToken | undefined>(() => {
    const text = readLinkToken();
    return text === undefined ? undefined : { text, count: 1 };
  });
  useEffect(() => {
    const read = () => {
      const text = readLinkToken();
      if (text !== undefined) setToken((before) => ({ text, count: (before?.count ?? 0) + 1 }));
    };
    window.addEventListener('hashchange', read);
    return () => window.removeEventListener('hashchange', read);
  }, []);
  return token;
}

/** What went wrong just now, or why somebody who was signed in is not any more. */
function Notice(props: { readonly error: Error | null; readonly endedReason: string | undefined }) {
  const { t } = useTranslation('login');
  const { error, endedReason } = props;
  if (error) {
    const isLimited = error instanceof LoginError && error.code === 'rate_limited';
    return (
      <Alert color="red" role="alert" variant="light" title={isLimited ? t('limited') : t('refused')}>
        <Text size="sm" className="long-text">
          {error.message}
        </Text>
      </Alert>
    );
  }
  if (endedReason === undefined) return null;
  return (
    <Alert color="cyan" role="status" variant="light">
      {t(endedReason === 'expired' ? 'ended.expired' : 'ended.signedOut')}
    </Alert>
  );
}

function HowToGetALink() {
  const { t } = useTranslation('login');
  return (
    <Stack gap="xs">
      <Text size="sm">{t('noPassword')}</Text>
      <Code block>modular-gateway console link</Code>
      <Text size="sm" c="dimmed">
        {t('setOne')}
      </Text>
    </Stack>
  );
}
