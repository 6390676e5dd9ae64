import type { Dashboard, Panel } from './dashboardSchema.ts'
import { panelName } from './dashboard.ts'
import type { Problem } from './problem.ts'

const gridColumns = 24

/** Panels stay inside the 24 columns, and none lies on another. */
export function checkGrid(dashboard: Dashboard): Problem[] {
  // The panels of a folded row have a plane of their own: they are laid out when it opens.
  const planes = [dashboard.panels, ...dashboard.panels.map((panel) => panel.panels ?? [])]
  return planes.flatMap((plane) => [...plane.flatMap(tooWide), ...overlaps(plane)])
}

function tooWide(panel: Panel): Problem[] {
  const { x, w } = panel.gridPos
  if (x + w <= gridColumns) return []
  return [
    {
      rule: 'grid-width',
      where: panelName(panel),
      what: 'The panel leaves the grid.',
      found: `x ${x} + w ${w} = ${x + w}`,
      expected: `at most ${gridColumns} columns`,
      mend: 'Make it narrower or move it left.',
    },
  ]
}

function overlaps(panels: Panel[]): Problem[] {
  return panels.flatMap((panel, index) =>
    panels
      .slice(index + 1)
      .filter((other) => overlap(panel.gridPos, other.gridPos))
      .map((other) => ({
        rule: 'grid-overlap',
        where: panelName(other),
        what: `It lies on ${panelName(panel)}.`,
        found: `${showPlace(other.gridPos)} and ${showPlace(panel.gridPos)}`,
        expected: 'places apart from each other',
        mend: 'Change gridPos of one of them.',
      })),
  )
}

function overlap(a: Panel['gridPos'], b: Panel['gridPos']): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
}

function showPlace({ x, y, w, h }: Panel['gridPos']): string {
  return `x ${x} y ${y} w ${w} h ${h}`
}
