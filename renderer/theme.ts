import {
  createTheme,
  defaultVariantColorsResolver,
  type CSSVariablesResolver,
  type MantineColorsTuple,
  type VariantColorsResolver,
} from '@mantine/core';

/** Slate in place of Mantine's neutral greys: easier on the eye over a day. 7 is a card, 8 the page behind it. */
const slate: MantineColorsTuple = [
  '#dde2e9',
  '#bcc4cf',
  '#949fae',
  '#717d8d',
  '#414b57',
  '#343d48',
  '#29313a',
  '#1d232a',
  '#15191f',
  '#0e1115',
];

/** Mantine's own choices of text colour fall short of WCAG AA in places: darker in light, lighter in dark. */
const readableVariants: VariantColorsResolver = (input) => {
  const resolved = defaultVariantColorsResolver(input);
  // Lighter under the pointer, white on cyan would be too faint.
  if (input.variant === 'filled' && (input.color ?? input.theme.primaryColor) === 'cyan') {
    return { ...resolved, hover: 'color-mix(in srgb, var(--mantine-color-cyan-9), black 14%)' };
  }
  if (input.variant !== 'light' && input.variant !== 'subtle' && input.variant !== 'outline') return resolved;
  const color = input.color ?? input.theme.primaryColor;
  if (!(color in input.theme.colors)) return resolved;
  const tint = (percent: number) =>
    `color-mix(in srgb, var(--mantine-color-${color}-6) ${percent}%, transparent)`;
  return {
    ...resolved,
    // Quieter than Mantine's own, above all in the dark.
    ...(input.variant === 'light' ? { background: tint(13), hover: tint(20) } : {}),
    color: `light-dark(color-mix(in srgb, var(--mantine-color-${color}-9), black 25%), var(--mantine-color-${color}-2))`,
  };
};

export const theme = createTheme({
  colors: { dark: slate },
  primaryColor: 'cyan',
  primaryShade: 9,
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'Cascadia Mono', Consolas, 'DejaVu Sans Mono', monospace",
  headings: {
    fontWeight: '650',
    sizes: { h2: { fontSize: '1.5rem' }, h3: { fontSize: '1.125rem' }, h4: { fontSize: '1rem' } },
  },
  variantColorResolver: readableVariants,
  components: {
    // Mantine's focusable placeholder is no menu item, which a menu may hold alone: the first item gets the focus.
    Modal: { styles: { title: { fontWeight: 600, overflowWrap: 'anywhere' } } },
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#545d66',
    '--mantine-color-placeholder': '#6b7280',
    // What cannot be changed here is still read.
    '--mantine-color-disabled-color': '#6b7280',
    '--mantine-color-error': '#c0272d',
    '--mantine-color-default-border': '#dfe3e8',
    '--page-background': '#f5f6f8',
    '--active-background': '#e6f5f8',
    '--focus-ring': 'var(--mantine-color-cyan-8)',
    '--warning-text': '#9a4a06',
    '--chart-email': 'var(--mantine-color-cyan-8)',
    '--chart-whatsapp': 'var(--mantine-color-teal-5)',
    '--chart-webhook': 'var(--mantine-color-indigo-4)',
    '--chart-failed': 'var(--mantine-color-red-7)',
  },
  dark: {
    '--mantine-color-dimmed': '#b0b5bd',
    '--mantine-color-placeholder': '#9aa0a8',
    '--mantine-color-disabled-color': '#9aa0a8',
    '--mantine-color-error': '#ff9a9a',
    '--page-background': 'var(--mantine-color-dark-8)',
    '--active-background': 'rgb(34 184 207 / 14%)',
    '--focus-ring': 'var(--mantine-color-cyan-4)',
    '--warning-text': 'var(--mantine-color-orange-3)',
    '--chart-email': 'var(--mantine-color-cyan-6)',
    '--chart-whatsapp': 'var(--mantine-color-teal-4)',
    '--chart-webhook': 'var(--mantine-color-indigo-4)',
    '--chart-failed': 'var(--mantine-color-red-6)',
  },
});
