import type pg from 'pg'

/** Writes down, from now on, how the transactions that move positions (or do `what`) will commit. Returns what was seen so far. */
export async function watchCommits(
  owner: pg.Client,
  what = 'update of next_offset on ops.offsets',
): Promise<() => Promise<string[]>> {
  await owner.query(`
    create table ops.seen_commits (setting text);
    create function ops.see_commit() returns trigger language plpgsql as $$
    begin
      insert into ops.seen_commits values (current_setting('synchronous_commit'));
      return null;
    end
    $$;
    create trigger see_commit after ${what} execute function ops.see_commit()`)
  return async () => {
    const { rows } = await owner.query<{ setting: string }>('select setting from ops.seen_commits')
    return rows.map(({ setting }) => setting)
  }
}
