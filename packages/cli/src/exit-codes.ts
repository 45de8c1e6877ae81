/** What the command line ends with; docs/cli.md lists them from here. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  credential: 3,
  unreachable: 4,
  limited: 5,
  partial: 6,
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodeTexts: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: 'done',
  failed: 'refused, or failed: what was asked for cannot be had this way',
  usage: 'the command line is wrong',
  credential: 'no key, or one that does not hold or is not good for this',
  unreachable: 'nobody answers there, or not at the moment; worth trying again',
  limited: 'the limit of the key, or the quota of the month, is used up',
  partial: 'done, but some rows carry an error (only with --strict)',
  interrupted: 'Ctrl-C',
};
