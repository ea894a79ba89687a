/** One result of the doctor. */
export type Finding = {
  /** `problem`: something does not work, or data are at risk. `warning`: it works, but not as it should in production. */
  level: 'fine' | 'warning' | 'problem';
  what: string;
  /** What to do about it. */
  advice?: string;
};

export const fine = (what: string): Finding => ({ level: 'fine', what });
export const warning = (what: string, advice: string): Finding => ({ level: 'warning', what, advice });
export const problem = (what: string, advice: string): Finding => ({ level: 'problem', what, advice });

const SIGNS = { fine: ' ok ', warning: 'warn', problem: 'FAIL' } as const;

/** A line, and below it the advice. */
export const linesOf = ({ level, what, advice }: Finding): string =>
  [`${SIGNS[level]}  ${what}`, ...(advice ? [`      ${advice}`] : [])].join('\n');
