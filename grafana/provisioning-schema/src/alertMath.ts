/** Reads `$A * 0.5 < $B && ${C} >= 3`: a function of the values by refId. Comparisons are 1 or 0, as in Grafana. */
export function parseMath(text: string): {
  refIds: string[]
  value: (values: Readonly<Record<string, number>>) => number
} {
  const tokens = [...text.matchAll(token)].map(([match]) => match)
  if (tokens.join('') !== text.replace(/\s+/g, '')) throw unreadable(text)
  const rest = [...tokens]
  const tree = binary(0)
  if (rest.length > 0) throw unreadable(text)
  const refIds = tokens.filter((part) => part.startsWith('$')).map(refIdOf)
  return { refIds: [...new Set(refIds)], value: tree }

  function binary(level: number): Node {
    const operators = levels[level]
    if (!operators) return unary()
    let left = binary(level + 1)
    while (rest[0] !== undefined && Object.hasOwn(operators, rest[0])) {
      const apply = operators[rest.shift()!]!
      const [one, other] = [left, binary(level + 1)]
      left = (values) => apply(one(values), other(values))
    }
    return left
  }

  function unary(): Node {
    const first = rest.shift()
    if (first === '-' || first === '!') {
      const inner = unary()
      return (values) => (first === '-' ? -inner(values) : Number(inner(values) === 0))
    }
    if (first === '(' || first === 'abs(') {
      const inner = binary(0)
      if (rest.shift() !== ')') throw unreadable(text)
      return (values) => (first === '(' ? inner(values) : Math.abs(inner(values)))
    }
    if (first?.startsWith('$')) {
      const refId = refIdOf(first)
      return (values) => values[refId]!
    }
    if (first === undefined || !/^\d/.test(first)) throw unreadable(text)
    return () => Number(first)
  }
}

type Node = (values: Readonly<Record<string, number>>) => number

const token = /\$\w+|\$\{\w+\}|\d+(?:\.\d+)?|abs\(|\*\*|[=!<>]=|&&|\|\||[-+*/%<>!()]/g

// Those that bind least come first.
const levels: Record<string, (a: number, b: number) => number>[] = [
  { '||': (a, b) => Number(a !== 0 || b !== 0) },
  { '&&': (a, b) => Number(a !== 0 && b !== 0) },
  {
    '==': (a, b) => Number(a === b),
    '!=': (a, b) => Number(a !== b),
    '<': (a, b) => Number(a < b),
    '>': (a, b) => Number(a > b),
    '<=': (a, b) => Number(a <= b),
    '>=': (a, b) => Number(a >= b),
  },
  { '+': (a, b) => a + b, '-': (a, b) => a - b },
  { '*': (a, b) => a * b, '/': (a, b) => a / b, '%': (a, b) => a % b },
  { '**': (a, b) => a ** b },
]

const refIdOf = (part: string): string => part.replace(/[${}]/g, '')

function unreadable(text: string): Error {
  return new Error(
    `Math expression "${text}" cannot be read: expected $A or \${A}, numbers, + - * / % **, comparisons, && || !, abs( ) and parentheses.`,
  )
}
