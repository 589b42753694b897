import { Box, Button, Popover } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';

/** A filter with more to choose than a list shows: a button that says what is chosen, and a small window. */
export function FilterButton(props: {
  /** what is filtered, for screen readers: the button itself only shows the choice */
  readonly label: string;
  readonly value: string;
  readonly isSet: boolean;
  readonly icon: ReactNode;
  readonly children: (close: () => void) => ReactNode;
}) {
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <Popover
      opened={isOpen}
      onChange={setOpen}
      position="bottom-start"
      shadow="md"
      trapFocus
      returnFocus
      withRoles
    >
      <Popover.Target>
        <Button
          variant="default"
          fullWidth
          justify="space-between"
          px="sm"
          fw={400}
          size="sm"
          c={props.isSet ? undefined : 'dimmed'}
          leftSection={props.icon}
          rightSection={<IconChevronDown size={14} aria-hidden />}
          styles={{
            inner: { justifyContent: 'flex-start' },
            label: { flex: 1 },
          }}
          aria-label={`${props.label}: ${props.value}`}
          title={props.value}
          onClick={() => setOpen(!isOpen)}
        >
          {/* Within the line-height of buttons, what hangs under the line would be cut off. */}
          <Box component="span" className="one-line" lh={1.5}>
            {props.value}
          </Box>
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={props.label}>{props.children(close)}</Popover.Dropdown>
    </Popover>
  );
}
