import type { Panel } from './dashboardSchema.ts'
import { show, type Problem } from './problem.ts'

type MapOptions = {
  basemap?: { type?: string }
  layers?: { type?: string; location?: { mode?: string; latitude?: string; longitude?: string } }[]
}

/** A map needs a base map of its own, or it loads tiles from the internet; and coordinates, or Grafana guesses columns. */
export function checkMap(panel: Panel): Problem[] {
  if (panel.type !== 'geomap') return []
  const { basemap, layers = [] } = (panel['options'] ?? {}) as MapOptions
  const isGuessed = layers.some(
    ({ type, location }) =>
      type === 'markers' &&
      location?.mode === 'coords' &&
      !(location.latitude && location.longitude),
  )
  const hasBasemap = basemap?.type !== undefined && basemap.type !== 'default'
  return [
    ...(hasBasemap ? [] : [missingBasemap(basemap)]),
    ...(layers.length > 0 && !isGuessed ? [] : [missingCoordinates(layers)]),
  ]
}

function missingBasemap(found: unknown): Problem {
  return {
    rule: 'map-basemap',
    where: 'options.basemap',
    what: 'The map has no base map of its own: tiles of a server on the internet would be loaded.',
    found: show(found),
    expected: 'a type, such as geojson with src public/maps/countries.geojson',
    mend: 'Choose one.',
  }
}

function missingCoordinates(found: unknown): Problem {
  return {
    rule: 'map-coordinates',
    where: 'options.layers',
    what: 'The map does not say where its points lie.',
    found: show(found),
    expected: 'a layer whose location names the columns of latitude and longitude',
    mend: 'Name them.',
  }
}
