import type { Dashboard } from './dashboardSchema.ts'
import { show, type Problem } from './problem.ts'

type InFile = { path: string; dashboard: Dashboard }

/** Links from one dashboard to another lead to one that there is, and set variables that it has. */
export function checkLinks(files: readonly InFile[]): Problem[] {
  return files.flatMap((file) =>
    linksIn(file.dashboard).flatMap((url) => checkLink(file, url, files)),
  )
}

// Wherever they stand: of a dashboard, of a panel, of a column.
function linksIn(dashboard: Dashboard): string[] {
  const urls = [...JSON.stringify(dashboard).matchAll(/"url":("\/d\/(?:[^"\\]|\\.)*")/g)]
  return [...new Set(urls.map(([, url]) => JSON.parse(url!) as string))]
}

function checkLink({ path }: InFile, url: string, files: readonly InFile[]): Problem[] {
  const problem = (what: string, expected: string): Problem => ({
    rule: 'link-known',
    where: `${path}: link`,
    what,
    found: show(url),
    expected,
    mend: 'Correct the address.',
  })
  const uid = /^\/d\/([^/?]+)/.exec(url)?.[1]
  const target = files.find(({ dashboard }) => dashboard.uid === uid)?.dashboard
  if (!target) {
    const uids = files.map(({ dashboard }) => dashboard.uid).join(', ')
    return [problem('It leads to a dashboard that is not there.', `one of ${uids}`)]
  }
  const variables = (target.templating?.list ?? []).map(({ name }) => name)
  return [...url.matchAll(/[?&]var-(\w+)=/g)]
    .map(([, name]) => name!)
    .filter((name) => !variables.includes(name))
    .map((name) =>
      problem(`It sets the variable ${name}, which is not there.`, variables.join(', ') || 'none'),
    )
}
