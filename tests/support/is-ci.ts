/** CI services say so. There, what is missing fails the run; at home it only skips its tests. */
export const isCi = !['', '0', 'false'].includes(process.env['CI'] ?? '');
