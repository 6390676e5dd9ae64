import { expect, test } from 'vitest'
import { failOn, formatProblem } from '../../models/problems.ts'

const text = '-- Title.\n\tselect ö, wrong\nfrom x\n'

test('a problem shows path, line, column, the line, a caret below the place, and the mend', () => {
  const offset = text.indexOf('wrong')
  expect(formatProblem({ path: 'a.sql', text, offset, message: 'What', hint: 'Mend.' })).toBe(
    [
      'a.sql:2:12: What', //
      '   2 | \tselect ö, wrong',
      '     | \t          ^',
      'Mend.',
    ].join('\n'),
  )
})

test.each([
  ['the first character', 0, '1:1', '-- Title.'],
  ['the end of a line', 9, '1:10', '-- Title.'],
  ['the first character of a line', 10, '2:1', '\tselect ö, wrong'],
  ['the end of the file', text.length, '4:1', ''],
])('a place at %s is found', (_, offset, place, line) => {
  const shown = formatProblem({ path: 'a.sql', text, offset, message: 'What' }).split('\n')
  expect(shown[0]).toBe(`a.sql:${place}: What`)
  expect(shown[1]!.slice(7)).toBe(line)
})

test('all problems are one message, in the order of files and places', () => {
  const at = (path: string, offset: number) => ({
    path,
    text,
    offset,
    message: `${path} ${offset}`,
  })
  const fail = () => failOn([at('b.sql', 0), at('a.sql', 12), at('a.sql', 3)])
  expect(fail).toThrow(
    /a\.sql 3[^]*a\.sql 12[^]*b\.sql 0[^]*\n\n3 problems; nothing was changed\.$/,
  )
})

test('one problem is told as one, and none as nothing', () => {
  expect(() => failOn([{ path: 'a.sql', text, offset: 0, message: 'x' }])).toThrow(/\n\n1 problem;/)
  expect(() => failOn([])).not.toThrow()
})
