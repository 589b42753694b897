import {
  createTheme,
  defaultVariantColorsResolver,
  type CSSVariablesResolver,
  type VariantColorsResolver,
} from '@mantine/core';

/** Mantine's own choices of text colour fall short of WCAG AA in places: darker in light, lighter in dark. */
const readableVariants: VariantColorsResolver = (input) => {
  const resolved = defaultVariantColorsResolver(input);
  if (input.variant !== 'light' && input.variant !== 'subtle' && input.variant !== 'outline') return resolved;
  const color = input.color ?? input.theme.primaryColor;
  if (!(color in input.theme.colors)) return resolved;
  return {
    ...resolved,
    color: `light-dark(var(--mantine-color-${color}-9), var(--mantine-color-${color}-2))`,
  };
};

export const theme = createTheme({
  primaryColor: 'cyan',
  primaryShade: 9,
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'Cascadia Mono', Consolas, 'DejaVu Sans Mono', monospace",
  headings: { fontWeight: '600' },
  variantColorResolver: readableVariants,
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#545d66',
    '--mantine-color-placeholder': '#6b7280',
    '--mantine-color-error': '#c0272d',
    '--mantine-color-body': '#fbfbfc',
  },
  dark: {
    '--mantine-color-dimmed': '#b0b5bd',
    '--mantine-color-placeholder': '#9aa0a8',
    '--mantine-color-error': '#ff9a9a',
  },
});
