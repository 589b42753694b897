import { Box, Text } from '@mantine/core';
import { Fragment } from 'react';

/** WhatsApp's own marks, each within a line: *bold*, _italic_, ~struck~. */
const marks = { '*': 'strong', _: 'em', '~': 's' } as const;
const marked = /([*_~])(?=\S)([^\n]*?\S)\1(?![\p{L}\p{N}])/u;

function writeMarks(text: string): React.ReactNode {
  const found = marked.exec(text);
  if (!found) return text;
  const [whole, mark, inner = ''] = found;
  const Mark = marks[mark as keyof typeof marks];
  return (
    <>
      {text.slice(0, found.index)}
      <Mark>{writeMarks(inner)}</Mark>
      {writeMarks(text.slice(found.index + whole.length))}
    </>
  );
}

/** A text with WhatsApp's marks as the phone shows them. */
export function WhatsAppText({ text }: { readonly text: string }) {
  return text.split('\n').map((line, index) => (
    <Fragment key={index}>
      {index > 0 && '\n'}
      {writeMarks(line)}
    </Fragment>
  ));
}

/** A message as the chat on a phone shows it. */
export function WhatsAppBubble({ text }: { readonly text: string }) {
  return (
    <Box
      p="md"
      bg="light-dark(#efeae2, #0b141a)"
      style={{ borderRadius: 'var(--mantine-radius-md)', maxHeight: 600, overflow: 'auto' }}
      tabIndex={0}
    >
      <Box
        px="sm"
        py="xs"
        maw="92%"
        ml="auto"
        bg="light-dark(#d9fdd3, #005c4b)"
        c="light-dark(#111b21, #e9edef)"
        style={{ borderRadius: '10px 0 10px 10px', width: 'fit-content' }}
      >
        <Text size="sm" className="long-text" style={{ whiteSpace: 'pre-wrap' }}>
          <WhatsAppText text={text} />
        </Text>
      </Box>
    </Box>
  );
}
