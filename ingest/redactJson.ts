import { isHugeNumber, isSpace, literalEnd, numberEnd, stringEnd } from './jsonTokens.ts'
import type { RuleNode, ValueRule } from './redactRules.ts'

/** A range of bytes, and what comes in its place. */
export interface Edit {
  from: number
  to: number
  by: Buffer
}

export interface Scanned {
  /** In order, and none within another. */
  edits: Edit[]
  /** Whether all of it is JSON, by RFC 8259. When not, the edits are of what comes before the fault. */
  isJson: boolean
  /** Whether a number is beyond what numeric can hold; it may be one that the edits replace. */
  hasHugeNumber: boolean
}

/** What to put in the place of the value that is written from `from` to `to`; undefined to leave it. */
export type Replace = (
  rule: ValueRule,
  bytes: Buffer,
  from: number,
  to: number,
) => Buffer | undefined

/** An object or array that is open. */
interface Level {
  isArray: boolean
  /** The keys to look for in the object, or in the objects of the array. */
  node: RuleNode
  /** Of an array: the rule for its elements. */
  elements: ValueRule | undefined
  /** Of an object that is replaced as a whole: the rule. */
  whole: ValueRule | undefined
  startsAt: number
  /** Of an object: whether a member before the current one is kept, and the comma behind it. */
  hasKept: boolean
  commaAt: number
  /** Where the current member's key begins, and whether it is dropped. */
  memberAt: number
  isDropped: boolean
}

interface Scan {
  bytes: Buffer
  at: number
  levels: Level[]
  edits: Edit[]
  /** Of the value to come: the keys to look for in it, its rule. */
  node: RuleNode
  rule: ValueRule | undefined
  /** Where the last value ended. */
  valueEnd: number
  hasHugeNumber: boolean
  replace: Replace
}

/** Reads one token and says what may come next; null when it is not what may come here. */
type Step = (scan: Scan) => Step | 'done' | null

const nothing: RuleNode = []
const nobody = Buffer.alloc(0)
const [braceOpen, braceClose, bracketOpen, bracketClose] = [0x7b, 0x7d, 0x5b, 0x5d]
const [comma, colon, quote, backslash] = [0x2c, 0x3a, 0x22, 0x5c]

/**
 * Finds in a JSON text what the rules speak of, without building anything of it: numbers, spaces, escapes, the order of
 * keys and repeated keys are left alone. One pass, without recursion, so that no depth is too deep.
 */
export function scanJson(bytes: Buffer, node: RuleNode, replace: Replace): Scanned {
  const edits: Edit[] = []
  const scan: Scan = {
    bytes,
    at: 0,
    levels: [],
    edits,
    node,
    rule: undefined,
    valueEnd: 0,
    hasHugeNumber: false,
    replace,
  }
  let step: ReturnType<Step> = beginValue
  while (typeof step === 'function') {
    skipSpace(scan)
    step = step(scan)
  }
  const isJson = step === 'done' && scan.at === bytes.length
  if (!isJson) hideRest(scan)
  return { edits, isJson, hasHugeNumber: scan.hasHugeNumber }
}

function skipSpace(scan: Scan): void {
  while (isSpace(scan.bytes[scan.at])) scan.at++
}

function beginValue(scan: Scan): ReturnType<Step> {
  const { bytes, at, rule } = scan
  const sign = bytes[at]
  if (sign === braceOpen || sign === bracketOpen) return openLevel(scan, sign === bracketOpen)
  const end = sign === quote ? stringEnd(bytes, at) : numberEnd(bytes, at) || literalEnd(bytes, at)
  if (end === 0) return null
  if (sign !== quote && isHugeNumber(bytes, at, end)) scan.hasHugeNumber = true
  if (rule) replaceValue(scan, rule, at, end)
  scan.at = end
  return endValue(scan)
}

/** Arrays are no level of a path: a rule for one is a rule for each of its elements. */
function openLevel(scan: Scan, isArray: boolean): Step {
  const whole = isArray ? undefined : scan.rule
  scan.levels.push({
    isArray,
    node: whole ? nothing : scan.node,
    elements: isArray ? scan.rule : undefined,
    whole,
    startsAt: scan.at,
    hasKept: false,
    commaAt: -1,
    memberAt: -1,
    isDropped: false,
  })
  scan.rule = undefined
  scan.at++
  return isArray ? firstElement : firstMember
}

const innermost = ({ levels }: Scan) => levels[levels.length - 1]!

function firstElement(scan: Scan): ReturnType<Step> {
  return scan.bytes[scan.at] === bracketClose ? closeLevel(scan) : nextElement(scan)
}

function nextElement(scan: Scan): ReturnType<Step> {
  const level = innermost(scan)
  scan.node = level.node
  scan.rule = level.elements
  return beginValue(scan)
}

function firstMember(scan: Scan): ReturnType<Step> {
  return scan.bytes[scan.at] === braceClose ? closeLevel(scan) : nextMember(scan)
}

function nextMember(scan: Scan): ReturnType<Step> {
  const { bytes, at } = scan
  if (bytes[at] !== quote) return null
  const end = stringEnd(bytes, at)
  if (end === 0) return null
  const level = innermost(scan)
  const entry = level.node.length === 0 ? undefined : entryOf(level.node, bytes, at, end)
  level.memberAt = at
  level.isDropped = entry?.rule === 'drop'
  scan.node = entry === undefined || entry.rule === 'drop' ? nothing : entry.inner
  scan.rule = entry?.rule === 'drop' ? undefined : entry?.rule
  scan.at = end
  return afterKey
}

function afterKey(scan: Scan): Step | null {
  return scan.bytes[scan.at++] === colon ? beginValue : null
}

/** The entry of a key, which may be written with escapes. */
function entryOf(node: RuleNode, bytes: Buffer, start: number, end: number) {
  for (let i = start + 1; i < end - 1; i++) {
    if (bytes[i] !== backslash) continue
    const key = Buffer.from(JSON.parse(bytes.toString('utf8', start, end)) as string)
    return node.find((entry) => entry.key.equals(key))
  }
  for (const entry of node) if (isKey(entry.key, bytes, start + 1, end - 1)) return entry
  return undefined
}

/** Compared here, since a call of Buffer.compare costs more than most keys do. */
function isKey(key: Buffer, bytes: Buffer, from: number, to: number): boolean {
  if (key.length !== to - from) return false
  for (let i = 0; i < key.length; i++) if (key[i] !== bytes[from + i]) return false
  return true
}

function endValue(scan: Scan): Step | 'done' {
  scan.valueEnd = scan.at
  scan.rule = undefined
  if (scan.levels.length > 0) return afterValue
  skipSpace(scan)
  return 'done'
}

function afterValue(scan: Scan): ReturnType<Step> {
  const level = innermost(scan)
  const sign = scan.bytes[scan.at]
  if (sign === comma) {
    if (!level.isArray) endMember(scan, level, true)
    scan.at++
    return level.isArray ? nextElement : nextMember
  }
  if (sign !== (level.isArray ? bracketClose : braceClose)) return null
  if (!level.isArray) endMember(scan, level, false)
  return closeLevel(scan)
}

/** A member that is dropped takes one comma along: the one behind it as long as nothing is kept, else the one before. */
function endMember(scan: Scan, level: Level, atComma: boolean): void {
  if (level.isDropped) {
    const from = level.hasKept ? level.commaAt : level.memberAt
    const to = !level.hasKept && atComma ? scan.at + 1 : scan.valueEnd
    scan.edits.push({ from, to, by: nobody })
  } else level.hasKept = true
  level.isDropped = false
  if (atComma) level.commaAt = scan.at
}

function closeLevel(scan: Scan): Step | 'done' {
  const { whole, startsAt } = scan.levels.pop()!
  scan.at++
  if (whole) replaceValue(scan, whole, startsAt, scan.at)
  return endValue(scan)
}

function replaceValue(scan: Scan, rule: ValueRule, from: number, to: number): void {
  const by = scan.replace(rule, scan.bytes, from, to)
  if (by) scan.edits.push({ from, to, by })
}

/** Where the fault is in the middle of a value that is redacted, nobody knows where that ends. */
function hideRest({ bytes, levels, at, edits, rule }: Scan): void {
  const level = levels.find(({ isDropped, whole, elements }) => isDropped || whole || elements)
  if (!level && !rule) return
  const from = level?.isDropped ? level.memberAt : level?.whole ? level.startsAt : at
  if (from < bytes.length) edits.push({ from, to: bytes.length, by: Buffer.from('****') })
}

/** The bytes with the edits carried out. */
export function applyEdits(bytes: Buffer, edits: Edit[]): Buffer {
  if (edits.length === 0) return bytes
  let length = bytes.length
  for (const { from, to, by } of edits) length += by.length - (to - from)
  const result = Buffer.allocUnsafe(length)
  let read = 0
  let written = 0
  for (const { from, to, by } of edits) {
    written = move(bytes, read, from, result, written)
    written = move(by, 0, by.length, result, written)
    read = to
  }
  move(bytes, read, bytes.length, result, written)
  return result
}

/** Buffer.copy makes a view first, which takes longer than to move some hundred bytes. */
function move(source: Buffer, from: number, to: number, target: Buffer, at: number): number {
  if (to - from > 300) return at + source.copy(target, at, from, to)
  let written = at
  for (let i = from; i < to; i++) target[written++] = source[i]!
  return written
}
