import type { Panel } from './dashboardSchema.ts'

/** A place in a panel that names a column of its answer. */
export type NamedField = { name: string; where: string }

type Loose = Record<string, unknown>

/** The columns that a panel names: in overrides, options, transformations and data links. Columns must have these names. */
export function fieldsNamed(panel: Panel): NamedField[] {
  return [
    ...inOverrides(panel),
    ...inTransformations(panel),
    ...inOptions(panel),
    ...inLinks(panel),
  ]
}

function inOverrides(panel: Panel): NamedField[] {
  return (panel.fieldConfig?.overrides ?? [])
    .filter(({ matcher }) => matcher.id === 'byName')
    .map(({ matcher }) => ({ name: String(matcher.options), where: 'an override' }))
}

function inTransformations(panel: Panel): NamedField[] {
  return list(panel['transformations']).flatMap((transformation) => {
    const { id, options } = transformation as { id?: string; options?: Loose }
    const names =
      id === 'filterFieldsByName'
        ? list((options?.['include'] as Loose | undefined)?.['names']).map(String)
        : ['excludeByName', 'renameByName', 'indexByName'].flatMap((key) =>
            Object.keys((options?.[key] as Loose | undefined) ?? {}),
          )
    return names.map((name) => ({ name, where: `transformation ${id}` }))
  })
}

function inOptions(panel: Panel): NamedField[] {
  const options = (panel['options'] ?? {}) as Loose
  const reduced = /^\/\^(.+)\$\/$/.exec(text((options['reduceOptions'] as Loose)?.['fields']))
  const sorted = list(options['sortBy']).map((sort) => text((sort as Loose)['displayName']))
  const found = [
    ['reduceOptions.fields', reduced?.[1] ?? ''],
    ['xField', text(options['xField'])],
    ...sorted.map((name) => ['sortBy', name]),
    ...list(options['layers']).flatMap((layer) => inLayer(layer as Loose)),
  ]
  return found
    .filter(([, name]) => name !== '')
    .map(([where, name]) => ({ name: name!, where: `options, ${where}` }))
}

// Of a map: where its points lie, and what sets their size, colour and text.
function inLayer(layer: Loose): string[][] {
  const { latitude, longitude } = (layer['location'] ?? {}) as Loose
  const style = ((layer['config'] as Loose | undefined)?.['style'] ?? {}) as Loose
  return [
    ['latitude', text(latitude)],
    ['longitude', text(longitude)],
    ...['size', 'color', 'text'].map((key) => [key, text((style[key] as Loose)?.['field'])]),
  ]
}

function inLinks(panel: Panel): NamedField[] {
  const all = JSON.stringify([panel.fieldConfig ?? {}, panel['options'] ?? {}])
  const names = [...all.matchAll(/\$\{__data\.fields\.([^}]+?)(?:\.(?:numeric|text))?\}/g)]
  return [...new Set(names.map(([, name]) => name!))].map((name) => ({
    name,
    where: 'a data link',
  }))
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : [])
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
