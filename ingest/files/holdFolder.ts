import type pg from 'pg'
import { pause } from '../retry.ts'

/** Says that this process reads a folder, for some seconds. False while another one does. */
export async function holdFolder(
  client: pg.Client,
  folder: string,
  reader: string,
): Promise<boolean> {
  const { rows } = await client.query<{ is_held: boolean }>(
    'select ops.hold_folder($1, $2) as is_held',
    [folder, reader],
  )
  return rows[0]!.is_held
}

/**
 * Keeps a folder until `signal`, over a connection of its own: however long a flush takes, this does not wait for it.
 * Calls `end` when the folder is lost, or nobody can say.
 */
export async function keepFolder(
  client: pg.Client,
  { folder, reader }: { folder: string; reader: string },
  signal: AbortSignal,
  end: (reason: string) => void,
): Promise<void> {
  while (!signal.aborted) {
    const isHeld = await holdFolder(client, folder, reader).catch(String)
    if (isHeld !== true) end(isHeld === false ? 'another process reads the folder' : isHeld)
    await pause(1_000, signal)
  }
}

/** Lets another one read it at once. */
export async function leaveFolder(
  client: pg.Client,
  folder: string,
  reader: string,
): Promise<void> {
  await client.query('select ops.leave_folder($1, $2)', [folder, reader])
}
