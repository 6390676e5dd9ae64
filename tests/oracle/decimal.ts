// Exact decimal arithmetic on BigInt, rounding as PostgreSQL's numeric does: half away from zero.

const decimalForm = /^\s*([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?\s*$/

/**
 * `text` as a whole number of 10^-scale units ('12.345' at scale 2 is 1235n), or null if it is no
 * decimal number.
 */
export function parseDecimal(text: string, scale: number): bigint | null {
  const match = decimalForm.exec(text)
  if (!match) return null
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  const shift = scale - fraction.length + Number(exponent)
  const digits = BigInt(whole + fraction)
  const scaled =
    shift >= 0 ? digits * 10n ** BigInt(shift) : divideRounded(digits, 10n ** BigInt(-shift))
  return sign === '-' ? -scaled : scaled
}

/**
 * `units` of 10^-scale as PostgreSQL prints a numeric of that scale: 1235n at scale 2 is '12.35'.
 */
export function printDecimal(units: bigint, scale: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  const fraction = scale === 0 ? '' : `.${digits.slice(-scale)}`
  return `${units < 0n ? '-' : ''}${whole}${fraction}`
}

/** round(numerator / denominator, scale), printed at that scale; null when the denominator is 0. */
export function printRatio(numerator: bigint, denominator: bigint, scale: number): string | null {
  if (denominator === 0n) return null
  return printDecimal(divideRounded(numerator * 10n ** BigInt(scale), denominator), scale)
}

function divideRounded(numerator: bigint, denominator: bigint): bigint {
  const isNegative = numerator < 0n !== denominator < 0n
  const above = numerator < 0n ? -numerator : numerator
  const below = denominator < 0n ? -denominator : denominator
  const rounded = (2n * above + below) / (2n * below)
  return isNegative ? -rounded : rounded
}
