import { CloseButton, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState, type ReactNode } from 'react';

const typingMs = 300;

/** A text that filters once somebody stops typing for a moment, or at once by Enter. */
export function TextFilter(props: {
  readonly label: string;
  readonly placeholder: string;
  readonly clearLabel: string;
  readonly value: string;
  readonly maxLength: number;
  readonly icon: ReactNode;
  readonly onChange: (value: string) => void;
}) {
  const [typed, setTyped] = useState(props.value);
  const [seen, setSeen] = useState(props.value);
  // The address changed by other means: "clear filters", a link.
  if (seen !== props.value) {
    setSeen(props.value);
    if (typed.trim() !== props.value) setTyped(props.value);
  }
  const tell = useDebouncedCallback((value: string) => props.onChange(value.trim()), {
    delay: typingMs,
    flushOnUnmount: false,
  });
  return (
    <TextInput
      aria-label={props.label}
      placeholder={props.placeholder}
      size="sm"
      value={typed}
      maxLength={props.maxLength}
      leftSection={props.icon}
      rightSection={
        typed === '' ? undefined : (
          <CloseButton
            size="sm"
            aria-label={props.clearLabel}
            onClick={() => {
              setTyped('');
              tell('');
              tell.flush();
            }}
          />
        )
      }
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        tell(event.currentTarget.value);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') tell.flush();
      }}
    />
  );
}
