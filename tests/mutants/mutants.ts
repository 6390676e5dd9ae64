/** A rule of the contracts taken away: the named tests must fail without it. */
export interface Mutant {
  /** The rule, as a sentence. */
  rule: string
  file: string
  /** Stands in the file once, and is replaced. */
  find: string
  replace: string
  /** The test file that must fail, and, when not all of it, the title of a test in it. */
  test: string
  title?: string
}

const properties = 'tests/properties/models.test.ts'

export const mutants: Mutant[] = [
  {
    rule: 'a batch is taken once by each model',
    file: 'views/ops/mark_batches.sql',
    find: 'where not progress.applied && excluded.applied',
    replace: 'where true',
    test: 'tests/models/eventKeys.test.ts',
    title: 'a batch that is forced on a model again is refused',
  },
  {
    rule: 'a slice counts as applied only when it was',
    file: 'views/ops/mark_slices.sql',
    find: 'int8range(steps.from_slice, steps.to_slice + 1)',
    replace: 'int8range(steps.from_slice, steps.to_slice + 2)',
    test: properties,
  },
  {
    rule: 'a key repeats within its partition only once',
    file: 'models/compileEvent.ts',
    find: '`\\n  ${inKeyOrder(key)}\\n  on conflict do nothing`',
    replace: '`\\n  ${inKeyOrder(key)}`',
    test: 'tests/models/event.test.ts',
  },
  {
    rule: 'of repeated events of one batch the first stays',
    file: 'models/compileEvent.ts',
    find: 'parsed.sluice_offset`\n',
    replace: 'parsed.sluice_offset desc`\n',
    test: 'tests/models/event.test.ts',
  },
  {
    rule: 'the rows of an event are stored all or none',
    file: 'views/ops/refuse_partial.sql',
    find: 'if p_made <> p_wanted then',
    replace: 'if false then',
    test: 'tests/models/eventKeys.test.ts',
  },
  {
    rule: 'an event that fails is a dead letter of its model',
    file: 'views/ops/store_events.sql',
    find: 'perform ops.add_model_letters(p_model, p_ranges, v_bad);',
    replace: 'null;',
    test: 'tests/models/eventLetters.test.ts',
  },
  {
    rule: 'a word that means the clock is a dead letter',
    file: 'models/bronzeInputs.ts',
    find: "return guards.length === 0 ? 'false' : guards.join(' or ')",
    replace: "return guards.length < 0 ? guards.join(' or ') : 'false'",
    test: 'tests/models/eventLetters.test.ts',
  },
  {
    rule: 'an event from the future is a dead letter',
    file: 'models/compileEvent.ts',
    find: "<= events.sluice_ingested_at + interval '1 day'",
    replace: "<= events.sluice_ingested_at + interval '1000 days'",
    test: 'tests/models/eventLetters.test.ts',
  },
  {
    rule: 'a model that fails on its data is detached alone',
    file: 'views/ops/run_model.sql',
    find: 'if ops.is_fault_of_surroundings(v_state) then',
    replace: 'if true then',
    test: 'tests/ticks/ticks.test.ts',
    title: 'a model that fails on its data is detached alone',
  },
  {
    rule: 'a fault of the surroundings detaches no model',
    file: 'views/ops/run_model.sql',
    find: 'if ops.is_fault_of_surroundings(v_state) then',
    replace: 'if false then',
    test: 'tests/ticks/ticks.test.ts',
    title: 'a tick that gives up waiting for a lock detaches no model',
  },
  {
    rule: 'models of a group move in one transaction: level ones agree in every snapshot',
    file: 'views/ops/tick_group.sql',
    find: 'and models.is_live\n      and not isempty(behind.missing)',
    replace:
      "and models.is_live\n      and not isempty(behind.missing)\n      and (models.model <> 'gold.got' or random() < 0.5)",
    test: 'tests/consistency/money.test.ts',
  },
  {
    rule: 'a model joins the ticks only when it is level',
    file: 'views/ops/attach_models.sql',
    find: 'continue when ops.rows_behind(v_model.model, c_rows) > c_rows;',
    replace: 'continue when false;',
    test: 'tests/ticks/catchUp.test.ts',
  },
  {
    rule: 'the newest version of an entity wins, whatever order events come in',
    file: 'models/compileEntity.ts',
    find: "      > (${columnList(order, 'stored.')})",
    replace: "      is distinct from (${columnList(order, 'stored.')})",
    test: 'tests/models/entityOrder.test.ts',
  },
  {
    rule: 'a tombstone leaves a marker',
    file: 'models/compileEntity.ts',
    find: "deletes ? '\\nwhere not sluice_is_deleted' : ''",
    replace: "deletes ? '' : ''",
    test: 'tests/models/entityOrder.test.ts',
  },
  {
    rule: 'null group keys are one group',
    file: 'models/compileMerge.ts',
    find: ".join(',\\n  ')},\\n  unique nulls not distinct (${columnList(keys)})",
    replace: ".join(',\\n  ')},\\n  unique (${columnList(keys)})",
    test: properties,
  },
  {
    rule: 'a sum of nothing is null, and null adds nothing',
    file: 'models/compileMerge.ts',
    find: 'sum: `coalesce(${old} + ${added}, ${old}, ${added})`',
    replace: 'sum: `${old} + ${added}`',
    test: properties,
  },
  {
    rule: 'a distinct value counts once, whichever slice brings it again',
    file: 'models/compileMerge.ts',
    find: '    on conflict do nothing\n    returning ${keyList}',
    replace:
      '    on conflict (${keyList}, sluice_value) do update set sluice_value = excluded.sluice_value\n    returning ${keyList}',
    test: properties,
  },
  {
    rule: 'having is asked of the whole state',
    file: 'models/compileMerge.ts',
    find: 'const where = having ?',
    replace: 'const where = having && false ?',
    test: properties,
  },
  {
    rule: 'a pair of new rows is joined once',
    file: 'models/compileAppend.ts',
    find: '? [applied]',
    replace: "? [`(${applied} or (${fresh.join(' and ')}))`]",
    test: properties,
  },
  {
    rule: 'new rows of every joined table touch the parts they belong to',
    file: 'models/scope.ts',
    find: '  for (const leaf of leaves) {\n    const problem',
    replace: '  for (const leaf of leaves.filter((one) => !one.isNullable)) {\n    const problem',
    test: properties,
  },
  {
    rule: 'a row that was missing and comes changes what an outer join gave',
    file: 'models/scope.ts',
    find: '(condition) => !leaf.isNullable && concernsOnly(condition, leaf, leaves)',
    replace: '(condition) => concernsOnly(condition, leaf, leaves)',
    test: 'tests/models/ties.test.ts',
  },
  {
    rule: 'sessions are computed anew as far as the stored ones reach',
    file: 'models/compileReach.ts',
    find: 'least(windows.from_at, min(met.${from})) as from_at',
    replace: 'windows.from_at as from_at',
    test: properties,
  },
  {
    rule: 'ties in an order are settled by the events themselves',
    file: 'models/order.ts',
    find: 'return [...keys, ...identities.map(sortKey)]',
    replace: 'return keys',
    test: 'tests/models/ties.test.ts',
  },
  {
    rule: 'a changed event model takes its dead letters along',
    file: 'views/ops/rebuild_model.sql',
    find: 'perform ops.forget_model_letters(p_model);',
    replace: 'null;',
    test: 'tests/ticks/rebuild.test.ts',
  },
  {
    rule: 'models that read a rebuilt event table are rebuilt too',
    file: 'models/apply.ts',
    find: 'if (!applySlices(reader) || !reader.dependsOn.includes(model.name)) continue',
    replace: 'if (!applySlices(reader) || reader.dependsOn.length > 0) continue',
    test: 'tests/ticks/rebuild.test.ts',
  },
]
