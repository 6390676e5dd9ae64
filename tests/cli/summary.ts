/** A figure of the summary with which `npm start -- --events … --exit` ends; NaN where it is not there. */
export const numberIn = (summary: string, name: string): number =>
  Number(new RegExp(`^  ${name} +([\\d,]+)$`, 'm').exec(summary)?.[1]?.replaceAll(',', ''))
