import { postgresJsonData, type Datasource, type DatasourcesFile } from './datasourcesSchema.ts'
import { repeated, show, within, type Problem } from './problem.ts'
import { pathName, schemaProblems } from './schemaProblems.ts'

const postgresType = 'grafana-postgresql-datasource'

/** The data sources of a file, beyond its structure. */
export function checkDatasources(file: DatasourcesFile): Problem[] {
  const datasources = file.datasources ?? []
  return [
    ...repeated(datasources.map((datasource) => datasource.uid)).map(uidTwice),
    ...datasources.flatMap((datasource) =>
      within(`data source "${datasource.name}"`, [...secrets(datasource), ...postgres(datasource)]),
    ),
  ]
}

function uidTwice(uid: string): Problem {
  return {
    rule: 'datasource-uid-unique',
    where: `data source ${uid}`,
    what: 'Two data sources have this uid.',
    found: `${uid} twice`,
    expected: 'a uid of its own for each',
    mend: 'Rename one of them.',
  }
}

function secrets(datasource: Datasource): Problem[] {
  const entries = Object.entries(datasource.secureJsonData ?? {})
  const written = entries
    .filter(([, value]) => !value.startsWith('$'))
    .map(([key]) => ({
      rule: 'secret-in-file',
      where: `secureJsonData.${key}`,
      what: 'A secret stands in the file.',
      found: 'a text',
      expected: '$VARIABLE, or $__file{/path}',
      mend: 'Take it from the environment, and change the secret.',
    }))
  // ${NAME} is expanded twice by Grafana, $NAME once: a "$" inside a password is lost in the first.
  const twice = entries
    .filter(([, value]) => /^\$\{|^\$__env\{/.test(value))
    .map(([key, value]) => ({
      rule: 'secret-expanded-twice',
      where: `secureJsonData.${key}`,
      what: 'Grafana expands this form twice, and would cut a secret that holds a "$".',
      found: show(value),
      expected: '$VARIABLE without braces',
      mend: 'Leave the braces out.',
    }))
  return [...written, ...twice]
}

function postgres(datasource: Datasource): Problem[] {
  if (datasource.type !== postgresType) return []
  const result = postgresJsonData.safeParse(datasource.jsonData)
  if (result.success) return []
  return schemaProblems(result.error, datasource.jsonData, (path) =>
    pathName(['jsonData', ...path]),
  )
}
