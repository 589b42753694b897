const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">`;

/**
 * A mail as it looks: in a frame that runs nothing, loads nothing from elsewhere and reaches nothing of the
 * console. The policy stands before whatever the mail itself begins with.
 */
export function MailFrame({ html, title }: { readonly html: string; readonly title: string }) {
  return (
    <iframe
      sandbox=""
      srcDoc={`<!doctype html>${policy}${html}`}
      title={title}
      style={{
        width: '100%',
        height: 560,
        border: '1px solid var(--mantine-color-default-border)',
        borderRadius: 'var(--mantine-radius-md)',
        // Mails are written for white paper.
        background: '#fff',
        colorScheme: 'light',
      }}
    />
  );
}
