import { configurationVariables, type ConfigurationVariable } from '../../main/gateway/config/config';

const start = '<!-- configuration -->';
const end = '<!-- /configuration -->';

/** docs/configuration.md with its table of the environment as the code has it. */
export function withConfigurationTable(readme: string): string {
  const rows = Object.entries<ConfigurationVariable>(configurationVariables).map(([name, variable]) => {
    const cells = [`\`${name}\``, variable.description, variable.default];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  const table = ['| variable | what it is | default |', '| --- | --- | --- |', ...rows].join('\n');
  const [before = '', rest = ''] = readme.split(start);
  const [, after = ''] = rest.split(end);
  return `${before}${start}\n\n${table}\n\n${end}${after}`;
}
