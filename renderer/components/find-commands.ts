interface BaseCommand {
  readonly id: string;
  readonly label: string;
  /** what kind of thing it is */
  readonly hint: string;
  /** further words it is found by */
  readonly words?: string;
}

/** Something to go to, or to do. */
export type Command = BaseCommand & ({ readonly path: string } | { readonly run: () => void });

const mostShown = 12;

/** Those that hold every word that was typed, names that begin with it first; all of the first ones when nothing was. */
export function findCommands(commands: readonly Command[], text: string): Command[] {
  const wanted = text.trim().toLocaleLowerCase();
  const words = wanted.split(/\s+/).filter((word) => word !== '');
  const matching = commands.filter((command) => {
    const said = `${command.label} ${command.hint} ${command.words ?? ''}`.toLocaleLowerCase();
    return words.every((word) => said.includes(word));
  });
  const rank = ({ label, words: further }: Command) => {
    const name = label.toLocaleLowerCase();
    if (name === wanted || further?.toLocaleLowerCase() === wanted) return 0;
    if (name.startsWith(wanted)) return 1;
    return name.includes(wanted) ? 2 : 3;
  };
  // Stable: within a rank the order stays that of the pages.
  return matching.sort((a, b) => (wanted === '' ? 0 : rank(a) - rank(b))).slice(0, mostShown);
}
