import { describe, expect, test } from 'vitest';
import { findCommands } from '../../renderer/components/find-commands';

const command = (label: string, hint = 'Page', words?: string) => ({
  id: label,
  label,
  hint,
  words,
  path: `/${label}`,
});
const commands = [
  command('Overview'),
  command('Tenants'),
  command('WhatsApp'),
  command('WhatsApp', 'Settings'),
  command('Karoo Dental', 'Tenant ACC003', 'ACC003'),
  command('The Dental Supply', 'Tenant ACC031', 'ACC031'),
];
const labels = (text: string) => findCommands(commands, text).map(({ label, hint }) => `${label} (${hint})`);

describe('what the palette finds', () => {
  test('is the first of all where nothing was typed', () => {
    expect(labels('')).toHaveLength(commands.length);
    expect(labels('  ')[0]).toBe('Overview (Page)');
  });

  test.each([
    ['whats', ['WhatsApp (Page)', 'WhatsApp (Settings)']],
    ['whatsapp set', ['WhatsApp (Settings)']],
    ['DENTAL', ['Karoo Dental (Tenant ACC003)', 'The Dental Supply (Tenant ACC031)']],
    ['acc003', ['Karoo Dental (Tenant ACC003)']],
    ['ten', ['Tenants (Page)', 'Karoo Dental (Tenant ACC003)', 'The Dental Supply (Tenant ACC031)']],
    ['no such thing', []],
    ['(', []],
  ])('%s', (text, expected) => {
    expect(labels(text)).toEqual(expected);
  });

  test('is never more than fits on a screen', () => {
    const many = Array.from({ length: 500 }, (_, index) => command(`Tenant ${index}`));
    expect(findCommands(many, 'tenant').length).toBeLessThanOrEqual(12);
  });
});
